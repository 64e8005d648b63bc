import { textField, visibleGuild } from './access.ts';
import { apiError, formError } from './api-error.ts';
import { NO_CONTENT, ok } from './router.ts';
import type { Route } from './router.ts';

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
    handler: ({ bot }) =>
      ok(
        [...bot.guilds].map(({ id, name }) => ({
          id,
          name,
          icon: null,
          banner: null,
          owner: false,
          permissions: '2251799813685247',
          features: [],
        })),
      ),
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
