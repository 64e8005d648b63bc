import { objectField, textField, visibleChannel, visibleMessage, writableChannel } from './access.ts';
import { apiError } from './api-error.ts';
import { judge, readDraft } from './message-form.ts';
import type { RestRequest } from './rest-request.ts';
import { NO_CONTENT, ok } from './router.ts';
import type { Answer, Route } from './router.ts';

/** Channels, their threads and typing in them. */
export const channelRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/channels/:channel',
    auth: 'bot',
    handler: (request, id) => ok(visibleChannel(request, id).data),
  },
  {
    method: 'PATCH',
    pattern: '/channels/:channel',
    auth: 'bot',
    handler: (request, id) => {
      const channel = visibleChannel(request, id);
      const { json } = request.body;
      const name = textField(json, 'name');
      if (name !== undefined) channel.rename(name);
      if (typeof json['archived'] === 'boolean') channel.setArchived(json['archived']);
      return ok(channel.data);
    },
  },
  {
    method: 'POST',
    pattern: '/channels/:channel/typing',
    auth: 'bot',
    handler: (request, id) => {
      const { core, bot } = request;
      const channel = writableChannel(request, id);
      bot.typingLog.push({ channel, at: core.now() });
      core.events.typing(channel, bot);
      core.observers.tell({ type: 'typing', bot, channel });
      return NO_CONTENT;
    },
  },
  { method: 'POST', pattern: '/channels/:channel/threads', auth: 'bot', handler: startThread },
  {
    method: 'POST',
    pattern: '/channels/:channel/messages/:message/threads',
    auth: 'bot',
    handler: (request, channelId, id) => {
      const { channel } = visibleMessage(request, channelId, id);
      if (request.core.world.channels.has(id)) throw apiError('threadExists');
      const name = textField(request.body.json, 'name') ?? 'thread';
      return ok(channel.addThread(name, { owner: request.bot, id }).data, 201);
    },
  },
  {
    method: 'PUT',
    pattern: '/channels/:channel/thread-members/@me',
    auth: 'bot',
    handler: (request, id) => {
      if (!visibleChannel(request, id).isThread) throw apiError('wrongChannelType');
      return NO_CONTENT;
    },
  },
];

/** In a forum the thread begins with a message; elsewhere it is empty. */
function startThread(request: RestRequest, id: string): Answer {
  const { core, bot, body } = request;
  const parent = visibleChannel(request, id);
  if (parent.recipients || parent.isThread) throw apiError('wrongChannelType');
  if (!parent.writableBy(bot)) throw apiError('missingPermissions');
  const name = textField(body.json, 'name') ?? 'thread';
  if (parent.kind !== 'forum') return ok(parent.addThread(name, { owner: bot }).data, 201);
  const inner = { ...request, bot, body: { ...body, json: objectField(body.json, 'message') ?? {} } };
  const draft = readDraft(inner, parent);
  const thread = parent.addThread(name, { owner: bot });
  const message = core.board.create(thread, bot, { ...draft, id: thread.id });
  bot.sentLog.push(message);
  judge(request, message);
  return ok({ ...thread.data, message: message.data }, 201);
}
