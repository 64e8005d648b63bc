import { messageOf } from '../errors.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import type { PartWatch } from '../util/part-watch.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import { CriticalError } from './critical-error.ts';
import type { Incident, IncidentStore } from './incident.ts';
import type { FailureDetails, Incidents, RecoveredDetails } from './incidents.ts';
import { OpenIncidents } from './open-incidents.ts';
import { type Area, policyOf, type ReasonOf, type Rule } from './policy.ts';

/** What became of an incident. */
export type IncidentChange = 'begun' | 'repeated' | 'ended';

/** What {@link IncidentRecorder} works with. */
export interface IncidentRecorderTools {
  readonly now: () => Date;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  /** Told of every change, at once: for metrics. Must not throw. */
  readonly onIncident?: ((incident: Incident, change: IncidentChange) => void) | undefined;
  /** Between two writes, in milliseconds. */
  readonly interval?: number;
}

/** Incidents that last, and changes that are not written yet: of each so many at most. */
const MOST = 500;

/** Characters of a message. */
const MOST_CHARACTERS = 500;

/** How often what lasts is written anew, so that others see that somebody looks after it; in milliseconds. */
const TOUCH = 300_000;

/** What was not touched for so long is nobody's any more; in milliseconds. */
const ABANDONED = 4 * TOUCH;

/**
 * Keeps one incident for as long as a failure lasts, counts how often it happened, and writes behind what changed. While
 * the database is away it keeps what it can hold. A failure over which the policy stops the host shows in `failed`.
 */
export class IncidentRecorder implements Incidents {
  /** Resolves when a promise cannot be kept any more: the host has to end. */
  readonly failed: Promise<CriticalError>;
  readonly #tools: IncidentRecorderTools;
  readonly #fail: (error: CriticalError) => void;
  readonly #open = new OpenIncidents(MOST);
  /** What is not written yet, by id. */
  #changed = new Map<string, Incident>();
  #store: IncidentStore | undefined;
  #hostId = '';
  #startedAt = new Date(0);
  #touchedAt = 0;
  #writing: Repeating | undefined;
  #isFailing = false;

  constructor(tools: IncidentRecorderTools) {
    this.#tools = tools;
    const { promise, resolve } = Promise.withResolvers<CriticalError>();
    this.failed = promise;
    this.#fail = resolve;
  }

  /** How many incidents last. */
  get size(): number {
    return this.#open.size;
  }

  report<A extends Area>(area: A, reason: ReasonOf<A>, details: FailureDetails = {}): void {
    const rule = policyOf(area, reason);
    const component = componentOf(area, details.of);
    const message = this.#wordsOf(details.error ?? rule.because);
    const known = this.#open.find(component, details.agentId, reason);
    const lastAt = this.#tools.now();
    const action = details.action ?? known?.incident.action ?? rule.action;
    const incident: Incident = {
      ...(known?.incident ?? this.#begin(component, reason, rule, details.agentId, lastAt)),
      message,
      action,
      attempts: (known?.incident.attempts ?? 0) + 1,
      lastAt,
      helped: details.helped ?? known?.incident.helped,
    };
    const crowdedOut = this.#open.put({ incident, quiet: rule.quiet });
    if (crowdedOut !== undefined) this.#end(crowdedOut, undefined);
    this.#changedTo(incident, known === undefined ? 'begun' : 'repeated');
    if (rule.action === 'stop') this.#fail(new CriticalError(`${component}: ${message}`, rule, undefined));
  }

  recovered(area: Area, { of, agentId, reasons }: RecoveredDetails = {}): void {
    if (this.#open.size === 0) return;
    for (const open of this.#open.at(componentOf(area, of), agentId)) {
      if (reasons === undefined || reasons.includes(open.incident.reason)) this.#end(open, true);
    }
  }

  forget(agentId: string): void {
    for (const open of this.#open.all()) if (open.incident.agentId === agentId) this.#end(open, undefined);
  }

  /** Writes from now on what changes, also what was told before; ends what earlier processes left open. */
  start(store: IncidentStore, hostId: string, watch: Pick<PartWatch, 'broke' | 'mended'>): void {
    this.#store = store;
    this.#hostId = hostId;
    this.#startedAt = this.#tools.now();
    const { interval = 1_000 } = this.#tools;
    this.#writing ??= repeat(
      () => this.#write(),
      () => (this.#isFailing ? interval * 10 : interval),
      { watch },
    );
  }

  /** Ends everything that lasts and writes it, or gives it up where the database is away. */
  async stop(): Promise<void> {
    await this.#writing?.stop();
    for (const open of this.#open.all()) this.#end(open, undefined);
    await this.#write();
  }

  #begin(component: string, reason: string, rule: Rule, agentId: string | undefined, at: Date): Incident {
    return {
      id: uuidV7(at.getTime()),
      agentId,
      hostId: this.#hostId,
      component,
      severity: rule.severity,
      reason,
      message: '',
      action: rule.action,
      attempts: 0,
      startedAt: at,
      lastAt: at,
      endedAt: undefined,
      helped: undefined,
    };
  }

  #end(open: { incident: Incident; quiet: number | undefined }, helped: boolean | undefined): void {
    this.#open.remove(open);
    open.incident = {
      ...open.incident,
      endedAt: this.#tools.now(),
      helped: helped ?? open.incident.helped,
    };
    this.#changedTo(open.incident, 'ended');
  }

  #changedTo(incident: Incident, change: IncidentChange): void {
    this.#changed.delete(incident.id);
    this.#changed.set(incident.id, incident);
    const [oldest] = this.#changed.keys();
    if (this.#changed.size > MOST * 2 && oldest !== undefined) this.#changed.delete(oldest);
    this.#tools.onIncident?.(incident, change);
  }

  #endQuiet(now: number): void {
    for (const open of this.#open.all()) {
      const { quiet, incident } = open;
      if (quiet !== undefined && now - incident.lastAt.getTime() >= quiet) this.#end(open, undefined);
    }
  }

  /** Never rejects for want of a database: what is not written stays for the next time. */
  async #write(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const now = this.#tools.now().getTime();
    this.#endQuiet(now);
    const isTouch = now - this.#touchedAt >= TOUCH;
    if (isTouch) this.#touch(new Date(now));
    if (this.#changed.size === 0 && !isTouch) return;
    const changed = this.#changed;
    this.#changed = new Map();
    try {
      // What was told before the host knew its id has it by now.
      const known = (one: Incident): Incident => ({ ...one, hostId: this.#hostId });
      if (changed.size > 0) await store.save([...changed.values()].map(known));
      if (isTouch) await store.endAbandoned(this.#hostId, this.#startedAt, new Date(now - ABANDONED));
      if (isTouch) this.#touchedAt = now;
      this.#isFailing = false;
    } catch {
      // What happened meanwhile is newer. The database has its own incident.
      for (const [id, incident] of this.#changed) changed.set(id, incident);
      this.#changed = changed;
      this.#isFailing = true;
    }
  }

  /** What lasts until it is over lasts now. */
  #touch(lastAt: Date): void {
    for (const open of this.#open.all()) {
      if (open.quiet !== undefined) continue;
      open.incident = { ...open.incident, lastAt };
      this.#changed.set(open.incident.id, open.incident);
    }
  }

  #wordsOf(error: unknown): string {
    return this.#tools.redact(messageOf(error)).slice(0, MOST_CHARACTERS);
  }
}

function componentOf(area: Area, of: string | undefined): string {
  return of === undefined ? area : `${area}:${of}`;
}
