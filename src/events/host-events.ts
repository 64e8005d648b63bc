import { randomUUID } from 'node:crypto';

/**
 * Something that happened in this process, for whoever looks on: ids and states, and nothing that anybody wrote.
 *
 * - `agent.state`: a bot of this process, or an agent that it looks after, is in another state.
 * - `agent.changed`: an agent was made, changed or deleted by way of this process.
 * - `exchange`: a message has come so far on its way, as the journal has it.
 * - `incident`: a failure began, or is over.
 * - `command`: a command to a bot was given, or has ended.
 * - `setting`: a runtime setting has another value.
 */
export type HostEvent =
  | {
      readonly kind: 'agent.state';
      readonly agentId: string;
      readonly state: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'agent.changed';
      readonly agentId: string;
      readonly change: 'created' | 'updated' | 'deleted';
    }
  | {
      readonly kind: 'exchange';
      readonly agentId: string;
      readonly exchangeId: string;
      readonly state: string;
    }
  | {
      readonly kind: 'incident';
      readonly agentId: string | undefined;
      readonly incidentId: string;
      readonly component: string;
      readonly severity: string;
      readonly isOver: boolean;
    }
  | {
      readonly kind: 'command';
      readonly agentId: string;
      readonly commandId: string;
      readonly order: string;
      readonly state: string;
    }
  | { readonly kind: 'setting'; readonly name: string };

/** Every kind of event. */
export const EVENT_KINDS = [
  'agent.state',
  'agent.changed',
  'exchange',
  'incident',
  'command',
  'setting',
] as const satisfies readonly HostEvent['kind'][];

/** An event with its place among the others. */
export interface KeptEvent {
  /** Of this process: no other has it. */
  readonly id: string;
  readonly at: Date;
  readonly event: HostEvent;
}

/** Where events are told. */
export interface EventSink {
  /** Whether anybody would hear. Nothing is kept otherwise, so whoever has to work for an event need not. */
  readonly isHeard: boolean;
  emit(event: HostEvent): void;
}

/** What a listener gets to begin with. */
export interface Subscription {
  /** What was kept since the event that it names, oldest first. */
  readonly earlier: readonly KeptEvent[];
  /** Whether something between that event and these is not kept any more. */
  readonly hasGap: boolean;
  readonly stop: () => void;
}

/** Where events are heard. */
export interface EventSource {
  /** @param after - the id of the last event that was heard before; undefined: from now on */
  subscribe(listener: (kept: KeptEvent) => void, after?: string): Subscription;
}

/** The bounds of {@link HostEvents}. */
export interface HostEventsOptions {
  readonly now: () => Date;
  /** How many events are kept for those that come back. Default: 1,000. */
  readonly keep?: number;
  /** For how long they are kept on when nobody listens, in milliseconds. Default: two minutes. */
  readonly linger?: number;
}

/** What happens in this process. Costs a comparison an event while nobody listens. */
export class HostEvents implements EventSink, EventSource {
  readonly #now: () => Date;
  readonly #keep: number;
  readonly #linger: number;
  readonly #listeners = new Set<(kept: KeptEvent) => void>();
  #kept: KeptEvent[] = [];
  #epoch = newEpoch();
  #count = 0;
  /** Until when events are kept though nobody listens, in milliseconds since 1970. */
  #until = 0;

  constructor({ now, keep = 1_000, linger = 120_000 }: HostEventsOptions) {
    this.#now = now;
    this.#keep = keep;
    this.#linger = linger;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0 || (this.#until > 0 && this.#stillKeeps());
  }

  emit(event: HostEvent): void {
    if (!this.isHeard) return;
    const kept = { id: `${this.#epoch}-${++this.#count}`, at: this.#now(), event };
    this.#kept.push(kept);
    // Not one by one: that would move all of them each time.
    if (this.#kept.length >= 2 * this.#keep) this.#kept = this.#kept.slice(-this.#keep);
    for (const listener of this.#listeners) listener(kept);
  }

  subscribe(listener: (kept: KeptEvent) => void, after?: string): Subscription {
    // What was kept may be out of date: that shows now.
    if (!this.isHeard) this.#forget();
    const { earlier, hasGap } = this.#since(after);
    this.#listeners.add(listener);
    return {
      earlier,
      hasGap,
      stop: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.#until = this.#now().getTime() + this.#linger;
      },
    };
  }

  #since(after: string | undefined): Pick<Subscription, 'earlier' | 'hasGap'> {
    if (after === undefined) return { earlier: [], hasGap: false };
    const kept = this.#kept.slice(-this.#keep);
    const [epoch, number] = [after.slice(0, this.#epoch.length), Number(after.slice(this.#epoch.length + 1))];
    if (epoch !== this.#epoch || !Number.isInteger(number)) return { earlier: kept, hasGap: true };
    const missing = this.#count - number;
    return { earlier: missing <= 0 ? [] : kept.slice(-missing), hasGap: missing > kept.length };
  }

  #stillKeeps(): boolean {
    if (this.#now().getTime() < this.#until) return true;
    this.#forget();
    return false;
  }

  #forget(): void {
    this.#until = 0;
    this.#kept = [];
    this.#count = 0;
    this.#epoch = newEpoch();
  }
}

/** Tells the ids of one process, or of one time in which somebody listened, from those of others. */
function newEpoch(): string {
  return randomUUID().slice(0, 8);
}
