import { describe, expect, it } from 'vitest';
import { completeLine } from '../../demo/complete-line.ts';
import { mentionedRoles, mentionsEveryone } from '../../demo/mentions.ts';
import { type Action, parseLine } from '../../demo/parse-line.ts';

describe('a line that is typed', () => {
  it.each<[line: string, action: Action]>([
    ['', { kind: 'nothing' }],
    ['   ', { kind: 'nothing' }],
    ['hello @Herald ', { kind: 'say', text: 'hello @Herald' }],
    [String.raw`two\nlines`, { kind: 'say', text: 'two\nlines' }],
    ['//shrug', { kind: 'say', text: '/shrug' }],
    ['/dm Herald is the king in?', { kind: 'dm', name: 'Herald', text: 'is the king in?' }],
    ['/dm @herald', { kind: 'dm', name: 'Herald', text: '' }],
    ['/DM herald hi', { kind: 'dm', name: 'Herald', text: 'hi' }],
    ['/reply louder', { kind: 'reply', number: undefined, text: 'louder' }],
    ['/reply 12 louder', { kind: 'reply', number: 12, text: 'louder' }],
    ['/reply 12', { kind: 'reply', number: undefined, text: '12' }],
    ['/channel #props', { kind: 'channel', name: '#props' }],
    ['/agents', { kind: 'agents' }],
    ['/help', { kind: 'help' }],
    ['/quit', { kind: 'quit' }],
    ['/disable understudy', { kind: 'disable', name: 'Understudy' }],
    ['/enable Understudy', { kind: 'enable', name: 'Understudy' }],
    ['/drop HERALD', { kind: 'drop', name: 'Herald' }],
    ['/prefix Prompter LOUD:', { kind: 'configure', name: 'Prompter', setting: 'prefix', text: 'LOUD: ' }],
    ['/prefix Prompter “', { kind: 'configure', name: 'Prompter', setting: 'prefix', text: '“' }],
    ['/prefix Prompter', { kind: 'configure', name: 'Prompter', setting: 'prefix', text: '' }],
    [
      '/prompt dramaturg You are a pirate. ',
      { kind: 'configure', name: 'Dramaturg', setting: 'system_prompt', text: 'You are a pirate.' },
    ],
    ['/reset dramaturg', { kind: 'slash', name: 'Dramaturg', command: 'reset' }],
    ['/memory Dramaturg', { kind: 'slash', name: 'Dramaturg', command: 'memory show' }],
    ['/memory @dramaturg Export', { kind: 'slash', name: 'Dramaturg', command: 'memory export' }],
    ['/memory Herald forget ', { kind: 'slash', name: 'Herald', command: 'memory forget' }],
  ])('%j is understood', (line, action) => {
    expect(parseLine(line)).toEqual(action);
  });

  it.each<[line: string, hint: string]>([
    ['/halp', 'Did you mean /help?'],
    ['/', '/help'],
    ['/toString', 'There is no /toString'],
    ['/dm', '/dm NAME TEXT'],
    ['/dm Hamlet hi', 'Prompter, Understudy, Herald, Dramaturg'],
    ['/drop herold', 'Did you mean Herald?'],
    ['/reply', '/reply [N] TEXT'],
    ['/reset', '/reset NAME'],
    ['/memory Dramaturg lose', 'show, export or forget'],
    ['/prefix Dramaturg x', 'only echo bots have a prefix'],
    ['/prompt Herald x', 'only LLM agents have a prompt'],
    ['/prompt Dramaturg', '/prompt NAME TEXT'],
    ['/channel', 'general, rehearsal, props'],
  ])('%j gets a line that helps', (line, hint) => {
    const action = parseLine(line);
    expect(action.kind === 'mistake' && action.hint).toContain(hint);
  });
});

describe('the Tab key', () => {
  it.each<[line: string, completions: string[]]>([
    ['/d', ['/dm ', '/disable ', '/drop ']],
    ['/memory d', ['Dramaturg ']],
    ['/memory Dramaturg ', ['show ', 'export ', 'forget ']],
    ['/dm Herald f', []],
    ['/dm h', ['Herald ']],
    ['/dm @h', ['@Herald ']],
    ['/channel p', ['props ']],
    ['good evening @un', ['@Understudy ']],
    ['', ['@Prompter ', '@Understudy ', '@Herald ', '@Dramaturg ']],
    ['/agents ', []],
    ['no name', []],
  ])('after %j offers %j', (line, completions) => {
    expect(completeLine(line)[0]).toEqual(completions);
  });
});

describe('the names in a text', () => {
  it('are found whatever their case, and others are not', () => {
    expect(mentionedRoles('@herald, tell @Prompter and @Hamlet')).toEqual(['Herald', 'Prompter']);
    expect(mentionsEveryone('@everyone up')).toBe(true);
    expect(mentionsEveryone('@everyones')).toBe(false);
  });
});
