import type { Bot } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Interaction } from './interaction.ts';
import type { Message } from './message.ts';

/** Something that a person looking at Discord would see. */
export type StandInEvent =
  | { type: 'message'; message: Message }
  | { type: 'edit'; message: Message; previous: string }
  | { type: 'delete'; message: Message }
  | { type: 'typing'; bot: Bot; channel: Channel }
  | { type: 'interaction'; interaction: Interaction };

/** Tells each listener of what is to be seen, at once and in order: for a demo that prints, a benchmark that counts. */
export class Observers {
  readonly #listeners = new Set<(event: StandInEvent) => void>();

  /** @returns a function that ends it */
  add(listener: (event: StandInEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: StandInEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
