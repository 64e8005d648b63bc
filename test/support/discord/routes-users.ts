import { textField, visibleGuild } from './access.ts';
import { apiError, formError } from './api-error.ts';
import type { Bot } from './bot.ts';
import { NO_CONTENT, ok } from './router.ts';
import type { Route } from './router.ts';

/** The most guilds that one page has. */
const MAX_GUILDS = 200;

/** The bot itself, other users, and direct messages. */
export const userRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/users/@me', auth: 'bot', handler: ({ bot }) => ok(bot.selfData) },
  {
    method: 'PATCH',
    pattern: '/users/@me',
    auth: 'bot',
    handler: ({ bot, body }) => {
      bot.data.username = textField(body.json, 'username') ?? bot.data.username;
      return ok(bot.selfData);
    },
  },
  {
    method: 'GET',
    pattern: '/users/:user',
    auth: 'bot',
    handler: ({ core }, id) => {
      const account = core.world.accounts.get(id);
      if (!account) throw apiError('unknownUser');
      return ok(account.data);
    },
  },
  {
    method: 'GET',
    pattern: '/users/@me/guilds',
    auth: 'bot',
    handler: ({ bot, query }) => ok(guildPage(bot, query)),
  },
  {
    method: 'DELETE',
    pattern: '/users/@me/guilds/:guild',
    auth: 'bot',
    handler: (request, id) => {
      visibleGuild(request, id).removeBot(request.bot);
      return NO_CONTENT;
    },
  },
  {
    method: 'POST',
    pattern: '/users/@me/channels',
    auth: 'bot',
    handler: ({ core, bot, body }) => {
      const id = textField(body.json, 'recipient_id') ?? '';
      const user = core.world.users.get(id);
      if (user) return ok(core.world.dm(bot, user).data);
      if (core.world.accounts.has(id)) throw apiError('cannotDm');
      throw formError('recipient_id', 'UNKNOWN_USER', 'Unknown User');
    },
  },
];

/** So many guilds by rising id, from behind `after`. */
function guildPage(bot: Bot, query: URLSearchParams): object[] {
  const limit = Number(query.get('limit') ?? MAX_GUILDS);
  if (!(limit >= 1 && limit <= MAX_GUILDS)) {
    throw formError('limit', 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${MAX_GUILDS}.`);
  }
  const after = BigInt(query.get('after') ?? 0);
  return [...bot.guilds]
    .filter(({ id }) => BigInt(id) > after)
    .sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
    .slice(0, limit)
    .map((guild) => ({
      id: guild.id,
      name: guild.name,
      icon: null,
      banner: null,
      owner: false,
      permissions: String(guild.permissionsOf(bot)),
      features: [],
    }));
}
