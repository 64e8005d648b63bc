import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { Agent } from '../agents/agent.ts';
import type { Pause } from '../agents/pause.ts';
import type { Lease } from '../leases/lease.ts';
import type { MessageReader, Outbox } from './outbox.ts';

/** The bot that a message came to. What is read of it is what is in force when it is read. */
export interface Recipient {
  readonly agentId: string;
  readonly definition: AgentDefinition;
  readonly agent: Agent;
  /** The time during which it answers nobody, the last one. Default: it was never paused. */
  readonly pause?: Pause | undefined;
  /** This process's right to answer for it. */
  readonly lease: Lease;
  readonly botUserId: string;
  readonly outbox: Outbox;
  readonly reader: MessageReader;
}
