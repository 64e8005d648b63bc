import type { IncomingMessage } from './incoming-message.ts';
import type { Recipient } from './recipient.ts';

/** An admitted message on its way to an answer. */
export interface Exchange {
  readonly recipient: Recipient;
  readonly message: IncomingMessage;
  readonly exchangeId: string;
}
