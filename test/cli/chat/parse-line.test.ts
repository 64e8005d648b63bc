import { describe, expect, it } from 'vitest';
import { completeLine, parseLine } from '../../../src/cli/chat/parse-line.ts';
import { createCommands } from '../../../src/commands/create-commands.ts';
import { FakeMemoryStore } from '../../support/fake-memory-store.ts';

const COMMANDS = createCommands({ memory: new FakeMemoryStore(), now: () => new Date() }).map(
  ({ definition }) => definition,
);
const parse = (line: string) => parseLine(line, COMMANDS);

describe('a line', () => {
  it.each([
    ['hello there', 'hello there'],
    ['//reset is a command', '/reset is a command'],
    ['/usr/bin is a folder', '/usr/bin is a folder'],
    ['/ by itself', '/ by itself'],
    [' spaces around \n', 'spaces around'],
  ])('is a message: %s', (line, text) => {
    expect(parse(line)).toEqual({ kind: 'say', text });
  });

  it('is a command of every bot, with its choices in any order and case', () => {
    expect(parse('/reset')).toEqual({ kind: 'command', name: 'reset', subcommand: undefined, options: {} });
    expect(parse('/Memory SHOW all-bots')).toEqual({
      kind: 'command',
      name: 'memory',
      subcommand: 'show',
      options: { with: 'all-bots' },
    });
  });

  it.each([
    ['/rest', 'There is no /rest. Did you mean /reset?'],
    ['/xylophone', '/help lists them all'],
    ['/memory', '/memory takes one of: show, export, forget.'],
    ['/memory forgot', 'Did you mean /memory forget?'],
    ['/memory show everything', '/memory show takes one of: this-bot, all-bots.'],
    ['/reset now', '/reset takes nothing more.'],
    ['/attach', '/attach takes the paths of files'],
  ])('is a mistake that says what is meant: %s', (line, hint) => {
    expect(parse(line)).toEqual({ kind: 'mistake', hint: expect.stringContaining(hint) as string });
  });

  it('attaches files, with quotes and backslashes as in a shell', () => {
    expect(parse(String.raw`/attach a.txt "my notes.txt" 'b c' d\ e it's.md`)).toEqual({
      kind: 'attach',
      paths: ['a.txt', 'my notes.txt', 'b c', 'd e', "it's.md"],
    });
  });

  it('is nothing when it is blank', () => {
    expect(parse('  ')).toEqual({ kind: 'nothing' });
  });

  it('is completed when it begins as a command', () => {
    expect(completeLine('/mem', COMMANDS)[0]).toEqual(['/memory show', '/memory export', '/memory forget']);
    expect(completeLine('/q', COMMANDS)[0]).toEqual(['/quit']);
    expect(completeLine('hello', COMMANDS)[0]).toEqual([]);
  });
});
