import { describe, expect, it } from 'vitest';
import { createCommands } from '../../src/commands/create-commands.ts';
import { FakeMemoryStore } from '../support/fake-memory-store.ts';
import { use } from './run-command.ts';

const commands = createCommands({ memory: new FakeMemoryStore(), now: () => new Date(0) });

describe('the slash commands', () => {
  it('are /help, /reset and /memory show, export and forget', () => {
    const names = commands.flatMap(({ definition: { name, subcommands } }) =>
      subcommands === undefined ? [name] : subcommands.map((sub) => `${name} ${sub.name}`),
    );
    expect(names).toEqual(['help', 'reset', 'memory show', 'memory export', 'memory forget']);
  });

  it('have names and descriptions that Discord takes', () => {
    const named = commands.flatMap(({ definition }) => {
      const used = [definition, ...(definition.subcommands ?? [])];
      return [...used, ...used.flatMap(({ options }) => options ?? [])];
    });
    expect(named.length).toBeGreaterThan(6);
    for (const { name, description } of named) {
      expect(name).toMatch(/^[a-z]{1,32}$/);
      expect(description).toMatch(/^.{1,100}$/);
    }
  });

  it('offer this bot or all bots wherever /memory is used', () => {
    const memory = commands.find(({ definition }) => definition.name === 'memory');
    for (const { options } of memory?.definition.subcommands ?? []) {
      expect(options?.map(({ name, choices }) => [name, choices.map((choice) => choice.name)])).toEqual([
        ['with', ['this bot', 'all bots']],
      ]);
    }
  });

  it.each(['/help', '/memory show', '/memory export'])(
    '%s fails when the memory cannot be read',
    async (words) => {
      const memory = new FakeMemoryStore();
      memory.failReads = new Error('the disk is gone');
      await expect(use(memory, words)).rejects.toThrow('the disk is gone');
    },
  );

  it.each(['/reset', '/memory forget'])('%s fails when the memory cannot be written', async (words) => {
    const memory = new FakeMemoryStore();
    memory.failWrites = new Error('the disk is full');
    await expect(use(memory, words)).rejects.toThrow('the disk is full');
  });
});
