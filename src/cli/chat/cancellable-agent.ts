import { type Agent, AnswerError, type Question } from '../../agents/agent.ts';

/** An agent whose answer can be cancelled: it fails then, and its user is told. One answer at a time. */
export class CancellableAgent implements Agent {
  readonly #agent: Agent;
  #cancel = new AbortController();
  #failure: unknown;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  get streams(): boolean {
    return this.#agent.streams;
  }

  /** What the last answer failed of; undefined when it did not, or was cancelled. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Makes ready for the next answer. */
  begin(): void {
    this.#cancel = new AbortController();
    this.#failure = undefined;
  }

  /** Cancels the answer that is being made, or about to be. */
  cancel(): void {
    this.#cancel.abort(new AnswerError('cancelled', 'Cancelled.', { expected: true }));
  }

  async *answer(question: Question, signal: AbortSignal): AsyncGenerator<string> {
    const cancelled = this.#cancel.signal;
    try {
      cancelled.throwIfAborted();
      for await (const text of this.#agent.answer(question, AbortSignal.any([signal, cancelled]))) {
        cancelled.throwIfAborted();
        yield text;
      }
      cancelled.throwIfAborted();
    } catch (error) {
      cancelled.throwIfAborted();
      this.#failure = error;
      throw error;
    }
  }
}
