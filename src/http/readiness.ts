/** What is looked at to tell whether a host does its work. */
export interface HostFacts {
  /** Whether it has looked at the agents table once. */
  readonly hasStarted: boolean;
  /** Since when the database does not answer; undefined while it does. */
  readonly outage: { readonly since: Date } | undefined;
  /** Writes to the journal that wait for the database. */
  readonly waiting: number;
  /** Bots that this host runs, parked ones aside. */
  readonly bots: number;
  /** Those that wait for a person. */
  readonly parked: number;
  /** Those that are connected. */
  readonly connected: number;
  /** Circuits to providers of language models, and those of them that let nothing through. */
  readonly circuits: number;
  readonly openCircuits: number;
}

/** Whether a host does its work, as `GET /readiness` answers. */
export interface Readiness {
  /** 200 it does; 503 something is down, 500 both sides are: the database and Discord. */
  readonly status: 200 | 503 | 500;
  readonly body: {
    /** `OK`, or what is down; `starting` before its bots are known. */
    readonly message: string;
    /** Parked ones aside. */
    readonly bots: number;
    readonly parked: number;
    readonly connected: number;
    /** Writes that wait for the database. */
    readonly waiting: number;
    readonly circuits: number;
    readonly open_circuits: number;
  };
}

/**
 * A host without bots has nothing to be connected with, and is ready; so is one that never asked a language model. One
 * whose bots are all parked is not.
 */
export function readinessOf(facts: HostFacts): Readiness {
  const { hasStarted, outage, waiting, bots, parked, connected, circuits, openCircuits } = facts;
  const isOffline = bots + parked > 0 && connected === 0;
  const down = [
    ...(hasStarted ? [] : ['starting']),
    ...(outage === undefined ? [] : [`the database cannot be reached since ${outage.since.toISOString()}`]),
    ...(isOffline ? ['no bot is connected'] : []),
    ...(circuits > 0 && openCircuits === circuits ? ['every provider of language models keeps failing'] : []),
  ];
  const areBothDown = outage !== undefined && isOffline;
  const status = down.length === 0 ? 200 : areBothDown ? 500 : 503;
  const message = down.length === 0 ? 'OK' : down.join('; ');
  return {
    status,
    body: { message, bots, parked, connected, waiting, circuits, open_circuits: openCircuits },
  };
}
