import type { Incident } from './incident.ts';

/** An incident that lasts, while it changes. */
export interface OpenIncident {
  incident: Incident;
  /** See `Rule.quiet`. */
  readonly quiet: number | undefined;
}

/** The incidents that last, found by what failed and whose it is. The longest untouched make room. */
export class OpenIncidents {
  readonly #byPlace = new Map<string, Map<string, OpenIncident>>();
  readonly #all = new Map<string, OpenIncident>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Every one, the longest untouched first. */
  all(): OpenIncident[] {
    return [...this.#all.values()];
  }

  find(component: string, agentId: string | undefined, reason: string): OpenIncident | undefined {
    return this.#byPlace.get(placeOf(component, agentId))?.get(reason);
  }

  at(component: string, agentId: string | undefined): OpenIncident[] {
    if (this.#all.size === 0) return [];
    return [...(this.#byPlace.get(placeOf(component, agentId))?.values() ?? [])];
  }

  /** Puts it in, or last among all. @returns the one that has to make room */
  put(open: OpenIncident): OpenIncident | undefined {
    const { component, agentId, reason, id } = open.incident;
    const place = placeOf(component, agentId);
    const reasons = this.#byPlace.get(place) ?? new Map<string, OpenIncident>();
    reasons.set(reason, open);
    this.#byPlace.set(place, reasons);
    this.#all.delete(id);
    this.#all.set(id, open);
    return this.#all.size > this.#most ? this.#all.values().next().value : undefined;
  }

  remove({ incident: { component, agentId, reason, id } }: OpenIncident): void {
    this.#all.delete(id);
    const place = placeOf(component, agentId);
    const reasons = this.#byPlace.get(place);
    reasons?.delete(reason);
    if (reasons?.size === 0) this.#byPlace.delete(place);
  }
}

function placeOf(component: string, agentId: string | undefined): string {
  return `${component} ${agentId ?? ''}`;
}
