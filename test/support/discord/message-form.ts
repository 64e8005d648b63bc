import type { APIAllowedMentions, APIAttachment } from 'discord-api-types/v10';
import { objectField, textField } from './access.ts';
import { apiError, formError } from './api-error.ts';
import type { Channel } from './channel.ts';
import { checkAllowedMentions, pingedBy } from './mentions.ts';
import type { Draft, Message } from './message.ts';
import type { MessageChange } from './message-board.ts';
import type { RestRequest } from './rest-request.ts';

/** https://discord.com/developers/docs/resources/message#create-message */
const MAX_CONTENT = 2_000;
const MAX_NONCE = 25;
const MAX_EMBEDS = 10;
const MAX_FILES = 10;
const MAX_EMBED_TEXT = 4_096;

/** Understands the body of a new message. @throws ApiError for everything that Discord refuses */
export function readDraft(request: RestRequest, channel: Channel, reference?: Message): Draft {
  const { json, files } = request.body;
  const content = readContent(request) ?? '';
  const allowed = readAllowedMentions(json);
  const replied = reference ?? readReference(request, channel);
  const embeds = readEmbeds(json) ?? [];
  const components = listField(json, 'components') ?? [];
  if (content.trim() === '' && embeds.length === 0 && components.length === 0 && files.size === 0) {
    throw apiError('emptyMessage');
  }
  return {
    content,
    pinged: pingedBy(content, allowed, replied?.author.id),
    reference: replied,
    attachments: storeFiles(request, channel),
    embeds,
    components,
    nonce: readNonce(json),
    flags: typeof json['flags'] === 'number' ? json['flags'] : 0,
  };
}

/** Understands the body of an edit. @throws ApiError for everything that Discord refuses */
export function readChange(request: RestRequest, message: Message): MessageChange {
  const { json } = request.body;
  const content = readContent(request);
  const embeds = readEmbeds(json);
  const components = listField(json, 'components');
  const allowed = readAllowedMentions(json);
  const kept = listField(json, 'attachments')?.map((one) => (one as { id: unknown }).id);
  const stored = storeFiles(request, message.channel);
  const attachments = message.data.attachments.filter((one) => !kept || kept.includes(one.id)).concat(stored);
  const flags = (message.data.flags ?? 0) & ~128;
  const isEmpty =
    (content ?? message.content).trim() === '' &&
    (embeds ?? message.data.embeds).length === 0 &&
    (components ?? message.data.components ?? []).length === 0 &&
    attachments.length === 0;
  if (isEmpty) throw apiError('emptyMessage');
  return {
    ...(content !== undefined && {
      content,
      pinged: pingedBy(content, allowed, message.reference?.author.id),
    }),
    ...(embeds && { embeds }),
    ...(components && { components }),
    attachments,
    flags,
  };
}

/** Writes down what a reader would call a bug in a message that a bot has just posted or edited. */
export function judge(request: RestRequest, message: Message): void {
  const { violations, world } = request.core;
  const { pinged, reference, author, channel } = message;
  const where = channel.recipients ? 'a DM' : `#${channel.name}`;
  const expected = reference?.author.id ?? message.data.interaction_metadata?.user.id;
  const names = pinged.users
    .filter((id) => id !== expected)
    .map((id) => `@${world.accounts.get(id)?.username ?? id}`)
    .concat(pinged.roles.map((id) => `role ${channel.guild?.roles.get(id)?.name ?? id}`))
    .concat(pinged.everyone ? ['@everyone or @here'] : []);
  if (names.length > 0) {
    violations.add(
      `${author.username} pinged ${names.join(', ')} in ${where}: "${message.content.slice(0, 80)}"`,
    );
  }
}

/** Writes down a second answer to one message. */
export function judgeReply(request: RestRequest, message: Message): void {
  const { reference, author } = message;
  const replies = reference?.repliesOf(author).length ?? 0;
  if (!reference || replies < 2) return;
  request.core.violations.add(
    `${author.username} replied ${replies} times to message ${reference.id} ("${reference.content.slice(0, 80)}"), last with "${message.content.slice(0, 80)}"`,
  );
}

function readContent(request: RestRequest): string | undefined {
  const { json } = request.body;
  if (!('content' in json)) return undefined;
  if (json['content'] === null) return '';
  const content = json['content'];
  if (typeof content !== 'string') {
    throw formError('content', 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
  }
  const length = codePoints(content);
  if (length > MAX_CONTENT) {
    request.core.violations.add(
      `${request.bot.username} sent ${length} characters, where Discord takes 2,000.`,
    );
    throw formError('content', 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_CONTENT} or fewer in length.`);
  }
  return content;
}

function readAllowedMentions(json: Record<string, unknown>): APIAllowedMentions | undefined {
  const allowed = objectField(json, 'allowed_mentions') as APIAllowedMentions | undefined;
  checkAllowedMentions(allowed);
  return allowed;
}

function readReference(request: RestRequest, channel: Channel): Message | undefined {
  const reference = objectField(request.body.json, 'message_reference');
  if (!reference) return undefined;
  if (!channel.historyOpenTo(request.bot)) throw apiError('noHistory');
  const message = channel.messages.get(textField(reference, 'message_id') ?? '');
  if (message || reference['fail_if_not_exists'] === false) return message;
  throw formError('message_reference', 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
}

function readEmbeds(json: Record<string, unknown>): object[] | undefined {
  const embeds = listField(json, 'embeds');
  if (!embeds) return undefined;
  if (embeds.length > MAX_EMBEDS) {
    throw formError('embeds', 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_EMBEDS} or fewer in length.`);
  }
  embeds.forEach((embed, index) => {
    const description = (embed as { description?: unknown }).description;
    if (typeof description === 'string' && description.length > MAX_EMBED_TEXT) {
      const message = `Must be ${MAX_EMBED_TEXT} or fewer in length.`;
      throw formError(`embeds.${index}.description`, 'BASE_TYPE_MAX_LENGTH', message);
    }
  });
  return embeds.map((embed) => ({ type: 'rich', ...embed }));
}

function readNonce(json: Record<string, unknown>): string | number | undefined {
  const { nonce } = json as { nonce?: unknown };
  if (typeof nonce === 'number') return nonce;
  if (typeof nonce !== 'string') return undefined;
  if (nonce.length <= MAX_NONCE) return nonce;
  throw formError('nonce', 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_NONCE} or fewer in length.`);
}

function storeFiles(request: RestRequest, channel: Channel): APIAttachment[] {
  const { files, json } = request.body;
  if (files.size > MAX_FILES) {
    throw formError('files', 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_FILES} or fewer in length.`);
  }
  const listed = listField(json, 'attachments') as { id: unknown; filename?: string; description?: string }[];
  return [...files].map(([n, file]) => {
    const said = (listed as typeof listed | undefined)?.find((one) => String(one.id) === n);
    const description = said?.description;
    return request.core.board.store(channel, {
      ...file,
      name: said?.filename ?? file.name,
      ...(description !== undefined && { description }),
    });
  });
}

function listField(json: Record<string, unknown>, key: string): object[] | undefined {
  const value = json[key];
  return Array.isArray(value) ? (value as object[]) : undefined;
}

/** Discord counts characters as Unicode does, not as JavaScript. */
function codePoints(text: string): number {
  return text.length <= MAX_CONTENT ? text.length : Array.from(text).length;
}
