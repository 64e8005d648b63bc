import type { LogFields, Logger } from '../observability/logger.ts';
import { nameOf } from './classify-error.ts';
import { factsOf } from './error-facts.ts';
import { knownTraits, lessonOf, type ModelTraits } from './model-traits.ts';
import type { ResolvedModel } from './resolve-model.ts';

/** What this process knows of each model's parameters: what a table says, and what refusals taught. */
export class LearnedTraits {
  readonly #learned = new Map<string, ModelTraits>();
  readonly #told = new Set<string>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
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
