import type { API } from '@discordjs/core';
import { expect, it } from 'vitest';
import { GuildFacts } from '../../src/discord/guild-facts.ts';
import { GuildIndex } from '../../src/discord/guild-index.ts';
import { MemberRoles } from '../../src/discord/member-roles.ts';
import { asked, openStage, resume } from './stage.ts';

const MINUTE = 60_000;
const MEMBER = '/guilds/:guild/members/:user';

/** A bot in two guilds that answers one role of each, and ada, who has that of the first. */
async function setStage() {
  const clock = { now: 0 };
  const stage = await openStage({ now: () => clock.now });
  const { standIn, guild, bot, ada, view } = stage;
  const far = standIn.addGuild({ name: 'Far' });
  far.addBot(bot);
  const crew = guild.addRole({ name: 'crew' });
  const friends = far.addRole({ name: 'friends' });
  const extra = guild.addRole({ name: 'extra' });
  guild.addMember(ada, { roles: [crew.id, extra.id] });
  const allow = (settings: { allowedRoles?: string[]; allowedUsers?: string[] }) => {
    view.definition = { ...view.definition, ...settings };
  };
  allow({ allowedRoles: [crew.id, friends.id] });
  const lookUps = () => asked(bot, 'GET', MEMBER);
  let count = 0;
  /** The roles that a direct message of hers comes with. */
  const rolesOf = async (user = ada): Promise<readonly string[]> => {
    user.dm(bot, 'hello');
    return (await stage.incoming(count++)).message.author.roleIds;
  };
  return { ...stage, clock, far, crew, friends, allow, lookUps, rolesOf };
}

it('comes with those of the allowed roles that its author has in the bot’s guilds', async () => {
  const { far, ada, friends, crew, connect, rolesOf, clock, lookUps } = await setStage();
  await connect();
  expect(await rolesOf()).toEqual([crew.id]);
  expect(lookUps()).toBe(2);
  far.addMember(ada, { roles: [friends.id] });
  clock.now += 5 * MINUTE;
  expect(await rolesOf()).toEqual([crew.id, friends.id]);
});

it('asks for nobody on account of its own messages', async () => {
  const { standIn, bot, ada, connect, incoming, lookUps } = await setStage();
  await connect();
  bot.say(standIn.dm(bot, ada), 'hello');
  expect((await incoming()).message.author).toMatchObject({ id: bot.id, roleIds: [] });
  expect(lookUps()).toBe(0);
});

it('asks for a user once in five minutes, whatever they write', async () => {
  const { standIn, guild, ada, connect, rolesOf, clock, lookUps, crew } = await setStage();
  await connect();
  await rolesOf();
  guild.addMember(ada, { roles: [] });
  clock.now += 5 * MINUTE - 1;
  expect(await rolesOf()).toEqual([crew.id]);
  expect(lookUps()).toBe(2);
  clock.now += 1;
  expect(await rolesOf()).toEqual([]);
  expect(lookUps()).toBe(4);
  expect(await rolesOf(standIn.addUser({ username: 'bob' }))).toEqual([]);
});

it('follows the settings in force, and asks for nobody where they need no role', async () => {
  const { ada, connect, rolesOf, allow, lookUps, crew } = await setStage();
  await connect();
  allow({ allowedRoles: [] });
  expect(await rolesOf()).toEqual([]);
  allow({ allowedRoles: [crew.id], allowedUsers: [ada.id] });
  expect(await rolesOf()).toEqual([]);
  expect(lookUps()).toBe(0);
  allow({ allowedUsers: [] });
  expect(await rolesOf()).toEqual([crew.id]);
  expect(lookUps()).toBe(1);
});

it('finds the guilds of the roles after a resume too, asking for them once', async () => {
  const stage = await setStage();
  const { standIn, bot, connect, rolesOf, crew, allow } = stage;
  await resume(stage, await connect());
  expect(await rolesOf()).toEqual([crew.id]);
  allow({ allowedRoles: [crew.id, '123456789012345678'] });
  expect(await rolesOf()).toEqual([crew.id]);
  expect(await rolesOf(standIn.addUser({ username: 'bob' }))).toEqual([]);
  expect(asked(bot, 'GET', '/users/@me/guilds')).toBe(1);
  expect(asked(bot, 'GET', '/guilds/:guild/roles')).toBe(2);
});

it('asks for no roles of guilds that it was told of, though one that is wanted is of none of them', async () => {
  const { bot, connect, rolesOf, crew, allow } = await setStage();
  await connect();
  allow({ allowedRoles: [crew.id, '123456789012345678'] });
  expect(await rolesOf()).toEqual([crew.id]);
  expect(asked(bot, 'GET', '/guilds/:guild/roles')).toBe(0);
});

it('comes without roles where Discord refuses to tell, and does not ask again at once', async () => {
  const { standIn, connect, rolesOf } = await setStage();
  await connect();
  const fault = standIn.failRequests({ method: 'GET', route: /\/members\//, status: 403 });
  expect(await rolesOf()).toEqual([]);
  expect(await rolesOf()).toEqual([]);
  expect(fault.hits).toBe(2);
});

it('keeps the answers for the last thousand users', async () => {
  const index = new GuildIndex('100');
  index.learnRoles('1', [{ id: '7', name: 'crew' }]);
  const questions: string[] = [];
  const getMember = (_: string, userId: string) => {
    questions.push(userId);
    return Promise.resolve({ roles: ['7'] });
  };
  const api = { guilds: { getMember } } as unknown as API;
  const roles = new MemberRoles({ api, index, facts: new GuildFacts(api, index), now: () => 0 });
  for (let user = 0; user <= 1_000; user++) await roles.of(String(user), ['7']);
  expect(await roles.of('1', ['7'])).toEqual(['7']);
  expect(questions).toHaveLength(1_001);
  await roles.of('0', ['7']);
  expect(questions.at(-1)).toBe('0');
});
