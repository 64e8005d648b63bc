import { visibleChannel, visibleMessage, writableChannel } from './access.ts';
import { apiError } from './api-error.ts';
import type { Channel } from './channel.ts';
import { alwaysReadable } from './gateway-events.ts';
import type { Message } from './message.ts';
import { withoutContent } from './message-board.ts';
import { judge, judgeReply, readChange, readDraft } from './message-form.ts';
import type { RestRequest } from './rest-request.ts';
import { NO_CONTENT, ok } from './router.ts';
import type { Answer, Route } from './router.ts';
import { compareSnowflakes } from './snowflakes.ts';

/** Messages, and reactions to them. */
export const messageRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/channels/:channel/messages',
    auth: 'bot',
    handler: (request, id) => {
      const channel = visibleChannel(request, id);
      // Not refused: as if nothing had been written yet.
      if (!channel.historyOpenTo(request.bot)) return ok([]);
      return ok(page(channel, request.query).map((message) => readableData(request, message)));
    },
  },
  {
    method: 'GET',
    pattern: '/channels/:channel/messages/:message',
    auth: 'bot',
    handler: (request, channel, id) => ok(readableData(request, visibleMessage(request, channel, id))),
  },
  { method: 'POST', pattern: '/channels/:channel/messages', auth: 'bot', handler: post },
  {
    method: 'PATCH',
    pattern: '/channels/:channel/messages/:message',
    auth: 'bot',
    handler: (request, channel, id) => {
      const message = visibleMessage(request, channel, id);
      if (message.author !== request.bot) throw apiError('notTheAuthor');
      request.core.board.edit(message, readChange(request, message));
      judge(request, message);
      return ok(message.data);
    },
  },
  {
    method: 'DELETE',
    pattern: '/channels/:channel/messages/:message',
    auth: 'bot',
    handler: (request, channel, id) => {
      const message = visibleMessage(request, channel, id);
      if (message.author !== request.bot) throw apiError('missingPermissions');
      request.core.board.delete(message);
      return NO_CONTENT;
    },
  },
  {
    method: 'PUT',
    pattern: '/channels/:channel/messages/:message/reactions/:emoji/@me',
    auth: 'bot',
    handler: (request, channel, id, emoji) => {
      visibleMessage(request, channel, id).reactions.add(`${emoji} by ${request.bot.username}`);
      return NO_CONTENT;
    },
  },
  {
    method: 'DELETE',
    pattern: '/channels/:channel/messages/:message/reactions/:emoji/@me',
    auth: 'bot',
    handler: (request, channel, id, emoji) => {
      visibleMessage(request, channel, id).reactions.delete(`${emoji} by ${request.bot.username}`);
      return NO_CONTENT;
    },
  },
];

function post(request: RestRequest, id: string): Answer {
  const { core, bot, body } = request;
  const channel = writableChannel(request, id);
  const { nonce, enforce_nonce: enforce } = body.json as { nonce?: string | number; enforce_nonce?: boolean };
  const known = enforce === true && nonce !== undefined ? core.nonces.find(bot, nonce) : undefined;
  if (known) {
    core.happenings.note(`${bot.username} posted nonce ${nonce} again; Discord answered with ${known.id}`);
    return ok(known.data);
  }
  const message = core.board.create(channel, bot, readDraft(request, channel));
  if (nonce !== undefined) core.nonces.remember(bot, nonce, message);
  bot.sentLog.push(message);
  judge(request, message);
  judgeReply(request, message);
  return ok(message.data);
}

/** Newest first, as Discord answers. */
function page(channel: Channel, query: URLSearchParams): Message[] {
  const limit = Math.min(100, Math.max(1, Number(query.get('limit') ?? 50)));
  const { transcript } = channel;
  const around = query.get('around');
  const after = query.get('after');
  const before = query.get('before');
  if (around !== null) {
    const older = Math.floor(limit / 2);
    const at = firstFrom(transcript, around);
    return [
      ...collect(transcript, at, 1, limit - older).reverse(),
      ...collect(transcript, at - 1, -1, older),
    ];
  }
  if (after !== null) {
    const at = firstFrom(transcript, after);
    return collect(transcript, transcript[at]?.id === after ? at + 1 : at, 1, limit).reverse();
  }
  return collect(
    transcript,
    before === null ? transcript.length - 1 : firstFrom(transcript, before) - 1,
    -1,
    limit,
  );
}

/** The place of the first message that is not older than this id. */
function firstFrom(transcript: readonly Message[], id: string): number {
  let low = 0;
  let high = transcript.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const message = transcript[middle];
    if (message && compareSnowflakes(message.id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function collect(transcript: readonly Message[], from: number, step: 1 | -1, limit: number): Message[] {
  const found: Message[] = [];
  for (let i = from; found.length < limit; i += step) {
    const message = transcript[i];
    if (!message) break;
    if (!message.deleted) found.push(message);
  }
  return found;
}

/** Over REST the portal's switch decides what a bot reads. */
function readableData(request: RestRequest, message: Message): object {
  const { bot } = request;
  const readable = bot.switches.messageContent !== 'off' || alwaysReadable(bot, message);
  return readable ? message.data : withoutContent(message.data);
}
