import type { SayProgress } from '../agents/said.ts';
import { isNonceAlive, nonceOf } from './nonce.ts';
import type { Recipient } from './recipient.ts';
import { findSaid } from './recovery/find-said.ts';
import { splitMessage } from './split/split-message.ts';

/** Something that a bot is to say of its own accord. */
export interface Statement {
  /** A UUID: the same statement has the same one, whoever posts it. */
  readonly id: string;
  readonly channelId: string;
  readonly text: string;
  /** How far an earlier process, or an earlier try, came with it. */
  readonly progress: SayProgress | undefined;
}

/** What {@link say} works with. */
export interface SayTools {
  readonly recipient: Pick<Recipient, 'outbox' | 'reader'>;
  readonly now: () => number;
  /** In characters. */
  readonly maxMessageLength: number;
  /** Puts on record how far it has come; resolves once that is committed. */
  readonly advance: (progress: SayProgress) => Promise<void>;
}

/** What became of a statement. */
export type Said =
  | { readonly kind: 'said'; readonly messageIds: readonly string[] }
  /** Nobody can tell whether a piece was posted; so it is not posted again. */
  | { readonly kind: 'in-doubt'; readonly posted: number; readonly pieces: number };

/**
 * Posts a statement in pieces as answers are, each of them once: under a nonce that is made of its id while Discord is
 * known to remember that, and after a look into the channel later. Nothing is posted before it is on record that it may
 * be.
 *
 * @param signal - no piece is begun after it aborts; its reason is thrown
 * @throws {DeliveryError}; LeaseLostError
 */
export async function say(statement: Statement, tools: SayTools, signal: AbortSignal): Promise<Said> {
  const { recipient, now, advance } = tools;
  let progress = statement.progress ?? (await begin(statement, tools, signal));
  if (statement.progress !== undefined && !isNonceAlive(progress.since, now())) {
    const posted = await findSaid(statement.channelId, progress, recipient.reader, signal);
    if (posted === undefined) {
      return { kind: 'in-doubt', posted: progress.posted.length, pieces: progress.pieces.length };
    }
    progress = { ...progress, posted, since: now() };
    await advance(progress);
  }
  for (const [index, text] of progress.pieces.entries()) {
    if (index < progress.posted.length) continue;
    signal.throwIfAborted();
    const nonce = nonceOf(statement.id, index);
    const { id } = await recipient.outbox.post({
      channelId: statement.channelId,
      text,
      nonce,
      replyTo: undefined,
    });
    progress = { ...progress, posted: [...progress.posted, id], since: now() };
    if (progress.posted.length < progress.pieces.length) await advance(progress);
  }
  return { kind: 'said', messageIds: progress.posted };
}

async function begin(
  { channelId, text }: Statement,
  { recipient, now, maxMessageLength, advance }: SayTools,
  signal: AbortSignal,
): Promise<SayProgress> {
  const after = await recipient.reader.lastMessage(channelId, signal);
  const progress = { pieces: splitMessage(text, maxMessageLength), after, since: now(), posted: [] };
  await advance(progress);
  return progress;
}
