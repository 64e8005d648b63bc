import type { ChatEvent, ChatModel, ChatRequest } from '../agents/chat-model.ts';
import type { Logger } from '../observability/logger.ts';
import { type Breaker, type CircuitOptions, type CircuitState, openBreaker } from './circuit-breaker.ts';
import { askedThrough } from './sdk-model.ts';

/** What a process does unless it is told otherwise. */
export const CIRCUIT_DEFAULTS = {
  failures: 5,
  openFor: 10_000,
  longest: 300_000,
} as const satisfies CircuitOptions;

/** How a circuit stands. The key that it is for stays where it is. */
export interface CircuitStatus {
  readonly provider: string;
  readonly state: CircuitState;
}

/** Whoever asks, until it does so no more. */
interface User {
  isGone: boolean;
}

/**
 * The circuit breakers of a process, one for each provider and key, shared by all agents: closed as long as it
 * answers; open after some failures in a row, when every request fails at once; half-open when one request may find
 * out whether it is well again. The first event of that request's answer closes the circuit.
 */
export class CircuitBreakers {
  /** Those through which somebody asked, by provider and key. */
  readonly #circuits = new Map<string, Circuit>();
  /** By agent id; undefined: those who never go. */
  readonly #users = new Map<string | undefined, User>();
  readonly #options: CircuitOptions;
  readonly #logger: Logger;

  constructor(logger: Logger, options: CircuitOptions = CIRCUIT_DEFAULTS) {
    this.#logger = logger;
    this.#options = options;
  }

  /** The circuits through which somebody asked who is not forgotten. */
  get statuses(): readonly CircuitStatus[] {
    return Array.from(this.#circuits.values(), ({ status }) => status);
  }

  /**
   * A model behind the breaker of this circuit. Models with the same circuit share it.
   *
   * @param agentId - who asks, to be forgotten some day
   */
  protect(model: ChatModel, circuit: string, agentId?: string): ChatModel {
    const user = this.#users.get(agentId) ?? { isGone: false };
    this.#users.set(agentId, user);
    return askedThrough(model, (request, signal) =>
      this.#circuitOf(circuit, model.provider, user).stream(model, request, signal),
    );
  }

  /** An agent asks no more with the models that it has: circuits that only it used are forgotten. */
  forget(agentId: string): void {
    const user = this.#users.get(agentId);
    if (user === undefined) return;
    this.#users.delete(agentId);
    user.isGone = true;
    for (const [key, { users }] of this.#circuits) {
      if (users.delete(user) && users.size === 0) this.#circuits.delete(key);
    }
  }

  #circuitOf(key: string, provider: string, user: User): Circuit {
    const circuit = this.#circuits.get(key) ?? new Circuit(provider, this.#options, this.#logger);
    // An answer that was under way when its agent was forgotten leaves nothing behind.
    if (user.isGone) return circuit;
    circuit.users.add(user);
    this.#circuits.set(key, circuit);
    return circuit;
  }
}

class Circuit {
  readonly users = new Set<User>();
  readonly #provider: string;
  readonly #options: CircuitOptions;
  readonly #logger: Logger;
  #opened: Promise<Breaker> | undefined;
  #breaker: Breaker | undefined;

  constructor(provider: string, options: CircuitOptions, logger: Logger) {
    this.#provider = provider;
    this.#options = options;
    this.#logger = logger;
  }

  get status(): CircuitStatus {
    return { provider: this.#provider, state: this.#breaker?.state ?? 'closed' };
  }

  async *stream(model: ChatModel, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    this.#opened ??= openBreaker(this.#provider, this.#options, this.#logger);
    const breaker = await this.#opened;
    this.#breaker = breaker;
    signal.throwIfAborted();
    const trial = breaker.admit(request.about);
    try {
      for await (const event of model.stream(request, signal)) {
        trial.came();
        yield event;
      }
      trial.succeeded();
    } catch (error) {
      trial.failed(error);
      throw error;
    } finally {
      trial.abandoned();
    }
  }
}
