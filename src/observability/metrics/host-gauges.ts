import type { Meters } from './meters.ts';

/** A bot, or an agent that should have one, as it stands. */
export interface BotReading {
  readonly name: string;
  readonly state: string;
  /** The last round trip of a heartbeat, in milliseconds; undefined while there was none. */
  readonly latencyMs?: number | undefined;
}

/** What is read of a running host when it is asked for; each costs at most a look at every bot. */
export interface HostSources {
  readonly bots: () => readonly BotReading[];
  /** Messages that came, by what was decided about them. */
  readonly messages: () => Readonly<Record<string, number>>;
  /** Exchanges in hand. */
  readonly exchanges: () => { readonly waiting: number; readonly working: number };
  /** Tasks that no user waits for. */
  readonly background: () => { readonly waiting: number; readonly running: number };
  /** The circuit breakers: of which provider each is, and how it stands. */
  readonly circuits: () => readonly { readonly provider: string; readonly state: string }[];
  /** Invalid requests to Discord in the present ten minutes, and how many make the host pause. */
  readonly invalidRequests: () => { readonly count: number; readonly most: number };
  readonly database: () => { readonly isUp: boolean; readonly waiting: number };
  /** When the pool was last brought in line with the agents table, in milliseconds since 1970; 0: never. */
  readonly lastSync: () => number;
}

const BOT_STATES = ['starting', 'ready', 'reconnecting', 'backing-off', 'parked', 'left-out'];
const CIRCUIT_STATES = ['closed', 'open', 'half-open'];

/** Shows what is read of a host. */
export function hostGauges(meters: Meters, sources: HostSources): void {
  botGauges(meters, sources);
  workGauges(meters, sources);
  meters.gauge<'provider' | 'state'>(
    'troupe_provider_circuits',
    'Circuit breakers (one for each provider and key, once it was asked) by their state.',
    (tell) => {
      const circuits = sources.circuits();
      for (const provider of new Set(circuits.map((circuit) => circuit.provider))) {
        for (const state of CIRCUIT_STATES) {
          const count = circuits.filter((one) => one.provider === provider && one.state === state).length;
          tell(count, { provider, state });
        }
      }
    },
  );
  meters.gauge(
    'troupe_discord_invalid_requests',
    'Invalid requests (401, 403, 429) in the present ten minutes. Discord bans an address at 10,000.',
    (tell) => {
      tell(sources.invalidRequests().count);
    },
  );
  meters.gauge('troupe_discord_invalid_requests_max', 'At how many of them all requests pause.', (tell) => {
    tell(sources.invalidRequests().most);
  });
}

function botGauges(meters: Meters, { bots }: HostSources): void {
  meters.gauge<'state'>(
    'troupe_bots',
    'Bots of this host, and agents that should have one here, by their state.',
    (tell) => {
      const counts = Map.groupBy(bots(), ({ state }) => state);
      for (const state of new Set([...BOT_STATES, ...counts.keys()]))
        tell(counts.get(state)?.length ?? 0, { state });
    },
  );
  meters.gauge<'agent' | 'state'>(
    'troupe_bot_state',
    'The state of each bot, or of an agent that should have one: 1 for the one that it is in.',
    (tell) => {
      for (const { name, state } of bots()) tell(1, { agent: name, state });
    },
  );
  meters.gauge<'agent'>(
    'troupe_gateway_latency_seconds',
    'The last round trip of a heartbeat over the gateway.',
    (tell) => {
      for (const { name, latencyMs } of bots()) {
        if (latencyMs !== undefined) tell(latencyMs / 1_000, { agent: name });
      }
    },
  );
}

function workGauges(meters: Meters, sources: HostSources): void {
  meters.total<'decision'>(
    'troupe_messages_total',
    "Messages that came over the gateway: to be answered, refused with a reason, or none of the bot's business.",
    (tell) => {
      for (const [decision, count] of Object.entries(sources.messages())) tell(count, { decision });
    },
  );
  meters.gauge<'state'>(
    'troupe_exchanges_open',
    'Exchanges that wait for their turn, or are worked on.',
    (tell) => {
      for (const [state, count] of Object.entries(sources.exchanges())) tell(count, { state });
    },
  );
  meters.gauge<'state'>('troupe_background_tasks', 'Tasks that no user waits for (summaries).', (tell) => {
    for (const [state, count] of Object.entries(sources.background())) tell(count, { state });
  });
  meters.gauge('troupe_database_up', 'Whether the database answers: 1 or 0.', (tell) => {
    tell(sources.database().isUp ? 1 : 0);
  });
  meters.gauge(
    'troupe_database_writes_waiting',
    'Writes to the journal that are not committed yet.',
    (tell) => {
      tell(sources.database().waiting);
    },
  );
  meters.gauge(
    'troupe_scheduler_last_sync_timestamp_seconds',
    'When the bots were last brought in line with the agents table, in seconds since 1970; 0: not yet.',
    (tell) => {
      tell(sources.lastSync() / 1_000);
    },
  );
}
