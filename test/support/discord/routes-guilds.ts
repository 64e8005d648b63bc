import { textField, visibleGuild } from './access.ts';
import { apiError } from './api-error.ts';
import type { Guild, Member } from './guild.ts';
import { ok } from './router.ts';
import type { Route } from './router.ts';

/** Guilds, with their roles, channels and members. */
export const guildRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/guilds/:guild',
    auth: 'bot',
    handler: (request, id) => {
      const guild = visibleGuild(request, id);
      const counts = { approximate_member_count: guild.members.size, approximate_presence_count: 1 };
      return ok({ ...guild.data, ...(request.query.get('with_counts') === 'true' && counts) });
    },
  },
  {
    method: 'GET',
    pattern: '/guilds/:guild/roles',
    auth: 'bot',
    handler: (request, id) => ok([...visibleGuild(request, id).roles.values()]),
  },
  {
    method: 'GET',
    pattern: '/guilds/:guild/channels',
    auth: 'bot',
    handler: (request, id) =>
      ok([...visibleGuild(request, id).channels.values()].map((channel) => channel.data)),
  },
  {
    method: 'GET',
    pattern: '/guilds/:guild/threads/active',
    auth: 'bot',
    handler: (request, id) => {
      const threads = [...visibleGuild(request, id).threads.values()];
      const seen = threads.filter((thread) => !thread.archived && thread.visibleTo(request.bot));
      return ok({ threads: seen.map((thread) => thread.data), members: [], has_more: false });
    },
  },
  {
    method: 'GET',
    pattern: '/guilds/:guild/members',
    auth: 'bot',
    handler: (request, id) => {
      if (request.bot.switches.guildMembers === 'off') throw apiError('missingAccess');
      const guild = visibleGuild(request, id);
      const limit = Number(request.query.get('limit') ?? 1);
      return ok([...guild.members.values()].slice(0, limit).map((member) => memberData(guild, member)));
    },
  },
  {
    method: 'GET',
    pattern: '/guilds/:guild/members/:user',
    auth: 'bot',
    handler: (request, id, userId) => {
      const guild = visibleGuild(request, id);
      const member = guild.members.get(userId === '@me' ? request.bot.id : userId);
      if (!member) throw apiError('unknownMember');
      return ok(memberData(guild, member));
    },
  },
  {
    method: 'PATCH',
    pattern: '/guilds/:guild/members/@me',
    auth: 'bot',
    handler: (request, id) => {
      const guild = visibleGuild(request, id);
      const { roles = [] } = guild.members.get(request.bot.id) ?? {};
      const nick = textField(request.body.json, 'nick');
      return ok(
        memberData(guild, guild.addMember(request.bot, { roles, ...(nick !== undefined && { nick }) })),
      );
    },
  },
];

function memberData(guild: Guild, member: Member): object {
  return { ...guild.partialMember(member.account), user: member.account.data };
}
