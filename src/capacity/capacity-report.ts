/** What ends how many bots a host bears: the setting, or what there is of the machine. */
export const CAPACITY_LIMITS = ['max-concurrent-bots', 'memory', 'event-loop', 'database'] as const;

/** One of them. */
export type CapacityLimit = (typeof CAPACITY_LIMITS)[number];

/** How a host did in one minute, or lately. */
export interface CapacitySample {
  /** Bots that ran, parked ones aside. */
  readonly bots: number;
  /** Resident memory in bytes. */
  readonly memory: number;
  /** Processor time of all threads, as a share of one processor. */
  readonly processor: number;
  /** The share of the time in which the event loop did not wait. */
  readonly eventLoop: number;
  /** How late the event loop was, 99th percentile, in seconds. */
  readonly eventLoopDelay: number;
  /** Seconds of statements in each second; waiting for a transaction is not in it. */
  readonly database: number;
  /** Messages that came over the gateway, in each second. */
  readonly messages: number;
}

/** What {@link CapacityReport} is made from. */
export interface CapacityFacts {
  /** Bots that run now, parked ones aside. */
  readonly bots: number;
  /** `MAX_CONCURRENT_BOTS` as it is in force. */
  readonly maxBots: number;
  readonly memory: {
    /** Resident now, in bytes. */
    readonly used: number;
    /** Resident before the first bot, in bytes. */
    readonly before: number;
    /** What the machine, or the container, has for the process at most, in bytes. */
    readonly limit: number;
    /** What of it nobody uses now, in bytes. */
    readonly free: number;
  };
  /** Statements that the database takes at the same time. */
  readonly databaseLanes: number;
  /** The last minutes, oldest first. */
  readonly samples: readonly CapacitySample[];
}

/** How many more bots a host will bear, and what the limit is. */
export interface CapacityReport {
  readonly bots: number;
  readonly maxBots: number;
  /** How many more bots it bears: the smallest of `room`. */
  readonly more: number;
  readonly limit: CapacityLimit;
  /** How many more it would bear if nothing else were a limit. */
  readonly room: Readonly<Record<CapacityLimit, number>>;
  /** Over how many minutes the trend goes; 0: there is none yet, and what a bot needs is assumed. */
  readonly minutes: number;
  /** In bytes: the most that was used, what may be used, and what a bot needs. */
  readonly memory: { readonly used: number; readonly usable: number; readonly perBot: number };
  /** The busiest minute of each, as in {@link CapacitySample}; of the database for each lane. */
  readonly busiest: Readonly<
    Record<'processor' | 'eventLoop' | 'eventLoopDelay' | 'database' | 'messages', number>
  >;
}
