import { expect, it, onTestFinished } from 'vitest';
import type { CommandDefinition } from '../../src/commands/command.ts';
import { registerCommands } from '../../src/discord/register-commands.ts';
import { makeBot } from '../support/discord/connect-bot.ts';
import { startStandInDiscord } from '../support/discord/stand-in-discord.ts';
import { asked } from './stage.ts';

const ROUTE = '/applications/:application/commands';

const which = { name: 'bot', description: 'Which', choices: [{ name: 'this one', value: 'this' }] };
const ping: CommandDefinition = { name: 'ping', description: 'Answers', options: [which] };
const show = { name: 'show', description: 'Shows it', options: [which] };
const exporting = { name: 'export', description: 'Exports it' };
const memory: CommandDefinition = {
  name: 'memory',
  description: 'What is remembered',
  subcommands: [show, exporting],
};

const other: CommandDefinition = { name: 'other', description: 'Stays as it is' };

async function setStage() {
  const standIn = await startStandInDiscord();
  onTestFinished(() => standIn.stop());
  const bot = standIn.addBot({ username: 'helper' });
  const { api } = makeBot(standIn, bot, 0).client;
  const register = (...definitions: CommandDefinition[]) =>
    registerCommands(api, bot.applicationId, definitions);
  const recorded = (name: string) => [...bot.commands.values()].find((command) => command.name === name);
  return { bot, api, register, recorded };
}

it('offers commands in guilds and direct messages, with their subcommands and options', async () => {
  const { register, recorded } = await setStage();
  expect(await register(ping, memory)).toEqual(['ping', 'memory']);
  expect(recorded('memory')).toMatchObject({
    type: 1,
    description: 'What is remembered',
    contexts: [0, 1],
    integration_types: [0],
    options: [
      { type: 1, name: 'show', description: 'Shows it', options: [{ type: 3, ...which }] },
      { type: 1, name: 'export', description: 'Exports it', options: [] },
    ],
  });
  expect(recorded('ping')).toMatchObject({ options: [{ type: 3, ...which }] });
});

it('sends nothing when all is as it should be', async () => {
  const { bot, register } = await setStage();
  await register(ping, memory);
  expect(await register(memory, ping)).toEqual([]);
  expect(asked(bot, 'POST', ROUTE)).toBe(2);
});

it.each<[string, CommandDefinition]>([
  ['description', { ...ping, description: 'Answers at once' }],
  ['options', { ...ping, options: [] }],
  ['choices', { ...ping, options: [{ ...which, choices: [] }] }],
  ['subcommands', { ...memory, subcommands: [exporting] }],
  ['options of a subcommand', { ...memory, subcommands: [{ ...show, options: [] }, exporting] }],
])('sends one alone whose %s differ, which keeps its id', async (_, changed) => {
  const { register, recorded } = await setStage();
  await register(ping, memory, other);
  const id = recorded(changed.name)?.id;
  expect(await register(changed, other)).toEqual([changed.name]);
  expect(recorded(changed.name)?.id).toBe(id);
  expect(await register(changed)).toEqual([]);
});

it('sends one again that was offered elsewhere', async () => {
  const { bot, api, register, recorded } = await setStage();
  await register(ping);
  const { id = '' } = recorded('ping') ?? {};
  await api.applicationCommands.editGlobalCommand(bot.applicationId, id, { contexts: [0] });
  expect(await register(ping)).toEqual(['ping']);
  expect(recorded('ping')).toMatchObject({ contexts: [0, 1] });
});

it('leaves the commands of others alone, also one of another kind with the same name', async () => {
  const { bot, api, register } = await setStage();
  await api.applicationCommands.createGlobalCommand(bot.applicationId, {
    name: 'other',
    description: 'of somebody else',
  });
  await register(ping);
  await api.applicationCommands.createGlobalCommand(bot.applicationId, { name: 'ping', type: 3 });
  const before = [...bot.commands.values()];
  expect(await register(ping)).toEqual([]);
  expect(await register({ ...ping, description: 'Answers at once' })).toEqual(['ping']);
  const after = [...bot.commands.values()];
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect([after[0], after[2]]).toEqual([before[0], before[2]]);
});
