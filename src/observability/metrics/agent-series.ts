import type { Counter } from './series.ts';

/** An agent, as far as series are concerned. */
export interface NamedAgent {
  readonly id: string;
  readonly name: string;
}

/**
 * The agents that have series of their own: those of the agents table, by name. There are never more, however often
 * agents come and go.
 */
export class AgentSeries {
  #names: ReadonlyMap<string, string> = new Map();
  readonly #forget: ((gone: ReadonlySet<string>) => void)[] = [];
  readonly #begin: ((agent: string) => void)[] = [];

  /**
   * Keeps the series of this counter to the agents there are.
   *
   * @param begin - begins those of an agent that is new, or has a new name
   */
  watch<Label extends string>(
    counter: Counter<Label | 'agent'>,
    begin?: (counter: Counter<Label | 'agent'>, agent: string) => void,
  ): Counter<Label | 'agent'> {
    if (begin !== undefined) {
      this.#begin.push((agent) => {
        begin(counter, agent);
      });
    }
    this.#forget.push((gone) => {
      counter.forget(({ agent }) => gone.has(agent));
    });
    return counter;
  }

  /** Undefined for an agent that is gone: nothing more is counted of it. */
  nameOf(agentId: string): string | undefined {
    return this.#names.get(agentId);
  }

  /** Takes over which agents there are. The series of those that are gone, or have another name, go. */
  keep(agents: Iterable<NamedAgent>): void {
    const before = new Set(this.#names.values());
    this.#names = new Map(Array.from(agents, ({ id, name }) => [id, name]));
    const names = new Set(this.#names.values());
    const gone = before.difference(names);
    if (gone.size > 0) for (const forget of this.#forget) forget(gone);
    for (const name of names.difference(before)) for (const begin of this.#begin) begin(name);
  }
}
