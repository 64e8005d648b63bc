import { MessageFlags, MessageType } from 'discord-api-types/v10';
import type { APIMessage } from 'discord-api-types/v10';
import { objectField } from './access.ts';
import { apiError } from './api-error.ts';
import type { Interaction } from './interaction.ts';
import type { Draft, Message } from './message.ts';
import { judge, readChange, readDraft } from './message-form.ts';
import type { RestRequest } from './rest-request.ts';
import { NO_CONTENT, ok } from './router.ts';
import type { Answer, Route } from './router.ts';

/** https://discord.com/developers/docs/interactions/receiving-and-responding */
const ACKNOWLEDGE_WITHIN_MS = 3_000;
const TOKEN_LIFETIME_MS = 900_000;
const CALLBACK = { message: 4, deferredMessage: 5, deferredUpdate: 6, update: 7 } as const;

/** What a bot answers to commands and buttons. The interaction's token stands in for the bot's. */
export const interactionRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/interactions/:interaction/:token/callback', auth: 'none', handler: callback },
  { method: 'POST', pattern: '/webhooks/:application/:token', auth: 'none', handler: followUp },
  {
    method: 'GET',
    pattern: '/webhooks/:application/:token/messages/:message',
    auth: 'none',
    handler: (request, _application, token, id) => ok(messageOf(open(request, token), id).data),
  },
  {
    method: 'PATCH',
    pattern: '/webhooks/:application/:token/messages/:message',
    auth: 'none',
    handler: (request, _application, token, id) => {
      const message = messageOf(open(request, token), id);
      request.core.board.edit(message, readChange(request, message));
      judge(request, message);
      return ok(message.data);
    },
  },
  {
    method: 'DELETE',
    pattern: '/webhooks/:application/:token/messages/:message',
    auth: 'none',
    handler: (request, _application, token, id) => {
      request.core.board.delete(messageOf(open(request, token), id));
      return NO_CONTENT;
    },
  },
];

function callback(request: RestRequest, id: string, token: string): Answer {
  const { core, body } = request;
  const interaction = core.interactions.byToken(token);
  const after = interaction ? core.now() - interaction.createdAt : 0;
  if (interaction?.id !== id || after > ACKNOWLEDGE_WITHIN_MS) throw apiError('unknownInteraction');
  if (interaction.acknowledgedAfter !== undefined) throw apiError('alreadyAcknowledged');
  const type = Number(body.json['type']);
  const data = objectField(body.json, 'data') ?? {};
  const inner = { ...request, bot: interaction.bot, body: { ...body, json: data } };
  if (type === CALLBACK.message) {
    interaction.original = write(inner, interaction, readDraft(inner, interaction.channel));
  } else if (type === CALLBACK.deferredMessage) {
    const flags = MessageFlags.Loading | (Number(data['flags'] ?? 0) & MessageFlags.Ephemeral);
    interaction.deferred = true;
    interaction.original = write(inner, interaction, {
      content: '',
      pinged: { users: [], roles: [], everyone: false },
      flags,
    });
  }
  if (type === CALLBACK.update || type === CALLBACK.deferredUpdate) interaction.original = interaction.source;
  if (type === CALLBACK.update && interaction.source) {
    core.board.edit(interaction.source, readChange(inner, interaction.source));
    judge(inner, interaction.source);
  }
  interaction.deferred ||= type === CALLBACK.deferredUpdate;
  interaction.callbackType = type;
  interaction.callbackData = data;
  interaction.acknowledgedAfter = after;
  core.happenings.note(`${interaction.bot.username} acknowledged "${interaction.name}" (type ${type})`);
  if (request.query.get('with_response') !== 'true') return NO_CONTENT;
  const resource = { type, ...(interaction.original && { message: interaction.original.data }) };
  return ok({ interaction: { id, type: interaction.kind === 'slash' ? 2 : 3 }, resource });
}

/** The first follow-up of a deferred answer is that answer. */
function followUp(request: RestRequest, _application: string, token: string): Answer {
  const interaction = open(request, token);
  const { original } = interaction;
  if (original && !interaction.response) {
    request.core.board.edit(original, readChange(request, original));
    judge(request, original);
    return ok(original.data);
  }
  const message = write(request, interaction, readDraft(request, interaction.channel, original));
  interaction.followups.push(message);
  return ok(message.data);
}

function open({ core }: RestRequest, token: string): Interaction {
  const interaction = core.interactions.byToken(token);
  if (interaction?.acknowledgedAfter === undefined) throw apiError('unknownWebhook');
  if (core.now() - interaction.createdAt > TOKEN_LIFETIME_MS) throw apiError('invalidWebhookToken');
  return interaction;
}

function messageOf(interaction: Interaction, id: string): Message {
  const { original, followups } = interaction;
  const message = id === '@original' ? original : [original, ...followups].find((one) => one?.id === id);
  if (!message || message.deleted) throw apiError('unknownMessage');
  return message;
}

function write(request: RestRequest, interaction: Interaction, draft: Draft): Message {
  const { bot, user, id } = interaction;
  const extra = {
    type: draft.reference ? MessageType.Reply : MessageType.ChatInputCommand,
    application_id: bot.applicationId,
    webhook_id: bot.applicationId,
    interaction_metadata: {
      id,
      type: interaction.kind === 'slash' ? 2 : 3,
      user: user.data,
      authorizing_integration_owners: {},
    },
  } as unknown as Partial<APIMessage>;
  const message = request.core.board.create(interaction.channel, bot, { ...draft, extra });
  bot.sentLog.push(message);
  judge(request, message);
  return message;
}
