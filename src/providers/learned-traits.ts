import type { LogFields, Logger } from '../observability/logger.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import { nameOf } from './classify-error.ts';
import { factsOf } from './error-facts.ts';
import { knownTraits, lessonOf, type ModelTraits } from './model-traits.ts';
import type { ResolvedModel } from './resolve-model.ts';

/** After so many streams in a row that broke off a model is asked without streaming, until the process ends. */
const BROKEN_STREAMS = 2;

/** What this process knows of each model's parameters: what a table says, and what refusals taught. */
export class LearnedTraits {
  readonly #learned = new Map<string, ModelTraits>();
  readonly #told = new Set<string>();
  readonly #logger: Logger;

  readonly #incidents: Incidents;
  /** Streams in a row that broke off, by model. */
  readonly #broken = new Map<string, number>();

  constructor(logger: Logger, incidents: Incidents = NO_INCIDENTS) {
    this.#logger = logger;
    this.#incidents = incidents;
  }

  /** Takes note of a stream that came to its end, or broke off after it had begun. */
  tellStream(target: ResolvedModel, isWhole: boolean): void {
    const key = keyOf(target);
    if (isWhole) {
      this.#broken.delete(key);
      return;
    }
    const broken = (this.#broken.get(key) ?? 0) + 1;
    this.#broken.set(key, broken);
    if (broken < BROKEN_STREAMS || !this.#known(target).streams) return;
    this.#learned.set(key, { ...this.#known(target), streams: false });
    const error = `the streams of ${nameOf(target)} keep breaking off; from now on its answers come whole`;
    this.#logger.warn(error);
    this.#incidents.report('provider', 'streams-break', { of: target.provider, error });
  }

  /** What this model takes, as far as is known now; what its choice says of images comes first. */
  of(target: ResolvedModel): ModelTraits {
    const traits = this.#known(target);
    return target.images === undefined ? traits : { ...traits, images: target.images };
  }

  #known(target: ResolvedModel): ModelTraits {
    return this.#learned.get(keyOf(target)) ?? knownTraits(target.preset.protocol, target.model);
  }

  /**
   * Sends a request by what is known of the model. When that is refused for one of its parameters, learns from it
   * and sends it again; each parameter once.
   *
   * @param about - what the log line about it carries
   * @throws what `send` throws when there is nothing to learn from it
   */
  async negotiate<T>(
    target: ResolvedModel,
    about: LogFields | undefined,
    send: (traits: ModelTraits) => Promise<T>,
  ): Promise<T> {
    const changed = new Set<string>();
    for (let asked = this.of(target); ; asked = this.of(target)) {
      try {
        return await send(asked);
      } catch (error) {
        const facts = factsOf(error);
        const lesson = facts === undefined ? undefined : lessonOf(facts, asked);
        const trait = lesson === undefined ? undefined : Object.keys(lesson)[0];
        if (trait === undefined || changed.has(trait)) throw error;
        changed.add(trait);
        this.#learned.set(keyOf(target), { ...this.#known(target), ...lesson });
        if (lesson?.streams === false) {
          const told = `${nameOf(target)} does not stream; its answers come whole`;
          this.#incidents.report('provider', 'no-streaming', { of: target.provider, error: told });
        }
        this.#logger.debug(`${nameOf(target)} refused a parameter, which is now sent otherwise`, {
          ...about,
          trait,
        });
      }
    }
  }

  /** Says once in a process that a model is not told the temperature that an agent asks for. */
  tellWithoutTemperature(target: ResolvedModel, about: LogFields | undefined): void {
    const key = keyOf(target);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#logger.info(`${nameOf(target)} takes no temperature; the one that is set is left out`, about);
  }
}

function keyOf({ baseUrl, model }: ResolvedModel): string {
  return `${baseUrl} ${model}`;
}
