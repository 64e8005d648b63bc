import type { Lease } from '../../src/leases/lease.ts';
import type { IncomingMessage } from '../../src/messages/incoming-message.ts';
import type { Admission } from '../../src/messages/journal.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { incomingMessage } from './incoming-message.ts';

/** What {@link admission} is told of an admission, and of its message. */
export interface AdmissionParts extends Partial<Omit<Admission, 'message'>> {
  readonly message?: Partial<IncomingMessage>;
}

/** The admission of a message to `agent-1`, on which no work has begun, but for what is said otherwise. */
export function admission(messageId: string, { message, ...parts }: AdmissionParts = {}): Admission {
  return {
    id: uuidV7(Date.now()),
    agentId: 'agent-1',
    reason: 'mention',
    begun: false,
    message: incomingMessage({ id: messageId, text: `question ${messageId}`, ...message }),
    ...parts,
  };
}

/** A lease with this fence that this process takes for its own. */
export function leaseWith(agentId: string, fence: bigint | undefined): Lease {
  return { agentId, fence, signal: new AbortController().signal, held: () => Promise.resolve() };
}
