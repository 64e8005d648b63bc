/** What is looked at to tell whether a process still turns. */
export interface LivenessFacts {
  /** How often the scheduler has come to the end of a look at the agents table, whatever came of it. */
  readonly syncs: number;
  /** For how long the look that is under way has lasted, in milliseconds; undefined: none is. */
  readonly syncingFor: number | undefined;
  /** For how long there has been none, in milliseconds; undefined while one is under way. */
  readonly idleFor: number | undefined;
  /** Between two looks, in milliseconds. */
  readonly interval: number;
  /** Whether the database does not answer: then a look may take for as long as that lasts. */
  readonly isDatabaseAway: boolean;
}

/** Whether a process still turns, as `GET /liveness` answers. */
export interface Liveness {
  /** 200 it does; 202 it has only just begun; 500 it is stuck, and a restart would help. */
  readonly status: 200 | 202 | 500;
  /** `OK`, or what is the matter. */
  readonly message: string;
}

/** How late the scheduler may be before it counts as stuck, in milliseconds; three intervals where those are longer. */
const PATIENCE = 60_000;

/** An outage of the database is none of the process's: whoever restarts it for that only loses its connections. */
export function livenessOf({
  syncs,
  syncingFor = 0,
  idleFor = 0,
  interval,
  isDatabaseAway,
}: LivenessFacts): Liveness {
  const patience = Math.max(PATIENCE, 3 * interval);
  const late = Math.max(isDatabaseAway ? 0 : syncingFor, idleFor);
  if (late > patience) {
    return { status: 500, message: `the scheduler has been stuck for ${Math.round(late / 1_000)} s` };
  }
  return syncs === 0 ? { status: 202, message: 'starting' } : { status: 200, message: 'OK' };
}
