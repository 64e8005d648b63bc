import { Readable } from 'node:stream';
import type { EventSource, HostEvent, KeptEvent } from '../../events/host-events.ts';

/** The bounds of the streams of events; times in milliseconds. */
export interface EventStreamsOptions {
  readonly source: EventSource;
  /** How many there may be at once. Default: 50. */
  readonly most?: number;
  /** Bytes that may wait for a slow reader. Default: 256 KiB. */
  readonly backlog?: number;
  /** Between two signs of life. Default: 15 seconds. */
  readonly heartbeat?: number;
  /** How long one lasts before its reader has to come again, and be recognised again. Default: 15 minutes. */
  readonly lifetime?: number;
}

/** How long a reader has to take the last event, in milliseconds. */
const FAREWELL = 10_000;

/** Which events somebody wants. */
export interface WantedEvents {
  /** The id of the last one that they heard. */
  readonly after: string | undefined;
  /** Undefined: all. */
  readonly kinds: ReadonlySet<HostEvent['kind']> | undefined;
  /** Undefined: of all agents, and of none. */
  readonly agentId: string | undefined;
}

/** The streams of events to readers, as server-sent events. */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  /** What ends each, telling why. */
  readonly #open = new Set<(reason: string) => void>();

  constructor(options: EventStreamsOptions) {
    this.#options = { most: 50, backlog: 262_144, heartbeat: 15_000, lifetime: 900_000, ...options };
  }

  /** @returns undefined: there are too many */
  open(wanted: WantedEvents): Readable | undefined {
    const { source, most, backlog, heartbeat, lifetime } = this.#options;
    if (this.#open.size >= most) return undefined;
    const stream = new Readable({ read: () => undefined });
    const end = (reason: string): void => {
      stream.push(frame('end', { reason }));
      stream.push(null);
      release();
      // One that takes nothing any more would stay open for ever.
      const giveUp = setTimeout(() => stream.destroy(), FAREWELL).unref();
      stream.once('close', () => {
        clearTimeout(giveUp);
      });
    };
    const push = (text: string): void => {
      if (stream.readableLength > backlog) end('too slow: what waited was more than is kept');
      else stream.push(text);
    };
    const subscription = source.subscribe((kept) => {
      if (isWanted(kept.event, wanted)) push(frameOf(kept));
    }, wanted.after);
    const beating = setInterval(() => {
      push(': still here\n\n');
    }, heartbeat);
    const ending = setTimeout(() => {
      end('come again');
    }, lifetime);
    const release = (): void => {
      subscription.stop();
      clearInterval(beating);
      clearTimeout(ending);
      this.#open.delete(end);
    };
    this.#open.add(end);
    stream.once('close', release);
    // At once, so that the reader knows that it is connected.
    push('retry: 3000\n\n');
    if (subscription.hasGap)
      push(frame('gap', { reason: 'some events since the last one are not kept any more' }));
    for (const kept of subscription.earlier) if (isWanted(kept.event, wanted)) push(frameOf(kept));
    return stream;
  }

  /** Ends them all. */
  close(): void {
    for (const end of [...this.#open]) end('the host stops');
  }
}

function isWanted(event: HostEvent, { kinds, agentId }: WantedEvents): boolean {
  if (kinds?.has(event.kind) === false) return false;
  return agentId === undefined || ('agentId' in event && event.agentId === agentId);
}

function frameOf({ id, at, event }: KeptEvent): string {
  return `id: ${id}\n${frame(event.kind, eventAsJson(event, at))}`;
}

/** JSON has no line breaks. */
function frame(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Keys in snake case, as everywhere in the API. */
function eventAsJson(event: HostEvent, at: Date): Readonly<Record<string, unknown>> {
  const facts = Object.entries<unknown>(event).filter(([key]) => key !== 'kind');
  return {
    at: at.toISOString(),
    ...Object.fromEntries(facts.map(([key, value]) => [KEYS[key] ?? key, value ?? null])),
  };
}

const KEYS: Readonly<Record<string, string>> = {
  agentId: 'agent_id',
  exchangeId: 'exchange_id',
  incidentId: 'incident_id',
  commandId: 'command_id',
  isOver: 'over',
};
