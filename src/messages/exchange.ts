import type { Span } from '../observability/tracing.ts';
import type { IncomingMessage } from './incoming-message.ts';
import type { OpenExchange } from './journal.ts';
import type { Recipient } from './recipient.ts';

/** An admitted message on its way to an answer. */
export interface Exchange {
  readonly recipient: Recipient;
  readonly message: IncomingMessage;
  readonly exchangeId: string;
  /** How far an earlier process came with it; undefined: it is new. */
  readonly earlier?: OpenExchange | undefined;
  /** Its trace; undefined: it is not traced. */
  readonly span?: Span | undefined;
}
