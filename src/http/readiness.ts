/** What is looked at to tell whether a host does its work. */
export interface HostFacts {
  /** Since when the database does not answer; undefined while it does. */
  readonly outage: { readonly since: Date } | undefined;
  /** Writes to the journal that wait for the database. */
  readonly waiting: number;
  /** Bots that this host runs, those aside that wait for a person. */
  readonly bots: number;
  /** Those of them that are connected. */
  readonly connected: number;
}

/** Whether a host does its work, as `GET /readiness` answers. */
export interface Readiness {
  /** 200 it does; 503 one side is down, 500 both are. */
  readonly status: 200 | 503 | 500;
  readonly body: {
    /** `OK`, or what is down. */
    readonly message: string;
    readonly bots: number;
    readonly connected: number;
    /** Writes that wait for the database. */
    readonly waiting: number;
  };
}

/** A host without bots has nothing to be connected with, and is ready. */
export function readinessOf({ outage, waiting, bots, connected }: HostFacts): Readiness {
  const down = [
    ...(outage === undefined ? [] : [`the database cannot be reached since ${outage.since.toISOString()}`]),
    ...(bots > 0 && connected === 0 ? ['no bot is connected'] : []),
  ];
  const status = ([200, 503, 500] as const)[down.length] ?? 500;
  const message = down.length === 0 ? 'OK' : down.join('; ');
  return { status, body: { message, bots, connected, waiting } };
}
