import type { AgentDefinition } from './agent-definition.ts';
import type { AgentRecord, BotIdentity, BotStatus } from './agent-record.ts';

/** One change to the agents table. A token of `null` removes it; `undefined` leaves it as it is. */
export type AgentChange =
  | { readonly kind: 'create'; readonly definition: AgentDefinition; readonly token: string | undefined }
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly definition: AgentDefinition;
      readonly token: string | null | undefined;
      /** Only if this is still its version. */
      readonly ifVersion?: number | undefined;
    }
  | { readonly kind: 'delete'; readonly id: string; readonly ifVersion?: number | undefined };

/** The agents table. */
export interface AgentStore {
  /** All agents, oldest first. */
  list(): Promise<AgentRecord[]>;
  /**
   * Makes all of these changes or none: deletions first, the others in this order.
   *
   * @throws {InputError} when a name or token is already another agent's, or a row to change is gone; also when an agent is
   * created with a token while a stored one cannot be opened: it might be the same.
   * @throws {ConflictError} when a row is not of the version that is asked for any more.
   * @throws {UnavailableError} when the database is busy for too long.
   */
  apply(changes: readonly AgentChange[]): Promise<void>;
  /**
   * The token of an agent, decrypted; undefined when it has none.
   *
   * @throws {TroupeError} when this host's key does not open it.
   */
  openToken(agent: Pick<AgentRecord, 'id' | 'sealedToken'>): string | undefined;
  /**
   * The config of an agent with the secrets in it decrypted. A key that is written as `${NAME}` stays as it is.
   *
   * @throws {TroupeError} when this host's key does not open one.
   */
  openConfig(agent: Pick<AgentRecord, 'id' | 'config'>): Record<string, unknown>;
  /**
   * Writes down where these bots stand; several at once, so that a start of fifty is one transaction. Passed over are those
   * that a host runs now, unless they are written under the fence of its lease.
   *
   * @param fences - of the leases that are held, by agent id; default: none is
   */
  saveStatus(
    statuses: ReadonlyMap<string, BotStatus>,
    fences?: ReadonlyMap<string, bigint | undefined>,
  ): Promise<void>;
  /** Writes down who an agent's token belongs to. */
  saveIdentity(id: string, identity: BotIdentity): Promise<void>;
}
