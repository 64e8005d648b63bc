import type { CircuitBreakerPolicy } from 'cockatiel';

import { type ChatEvent, type ChatModel, ChatModelError, type ChatRequest } from '../agents/chat-model.ts';
import type { LogFields, Logger } from '../observability/logger.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import { askedThrough } from './sdk-model.ts';

/** When a provider is left alone. */
export interface CircuitOptions {
  /** Failures in a row that open the circuit. Only those count after which the same call may succeed later. */
  readonly failures: number;
  /** How long it stays open the first time, in milliseconds; doubled each time that it opens again. */
  readonly openFor: number;
  /** The longest that it stays open, in milliseconds, even if the provider asks for more. */
  readonly longest: number;
}

/** What a process does unless it is told otherwise. */
export const CIRCUIT_DEFAULTS = {
  failures: 5,
  openFor: 10_000,
  longest: 300_000,
} as const satisfies CircuitOptions;

/** How a circuit stands. The key that it is for stays where it is. */
export interface CircuitStatus {
  readonly provider: string;
  readonly state: 'closed' | 'open' | 'half-open';
}

/**
 * The circuit breakers of a process, one for each provider and key, shared by all agents: closed as long as it
 * answers; open after some failures in a row, when every request fails at once; half-open when one request may find
 * out whether it is well again. The first event of that request's answer closes the circuit.
 */
export class CircuitBreakers {
  readonly #circuits = new Map<string, Circuit>();
  readonly #options: CircuitOptions;
  readonly #logger: Logger;

  constructor(logger: Logger, options: CircuitOptions = CIRCUIT_DEFAULTS) {
    this.#logger = logger;
    this.#options = options;
  }

  /** The circuits of all models that were opened: one that was never asked is closed. */
  get statuses(): readonly CircuitStatus[] {
    return Array.from(this.#circuits.values(), ({ status }) => status);
  }

  /** A model behind the breaker of this circuit. Models with the same circuit share it. */
  protect(model: ChatModel, circuit: string): ChatModel {
    const shared = this.#circuits.get(circuit) ?? new Circuit(model.provider, this.#options, this.#logger);
    this.#circuits.set(circuit, shared);
    return askedThrough(model, (request, signal) => shared.stream(model, request, signal));
  }
}

class Circuit {
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

/** What becomes of one request; the first word counts. */
interface Trial {
  came(): void;
  succeeded(): void;
  failed(error: unknown): void;
  /** Neither good nor bad: its reader went away. */
  abandoned(): void;
}

interface Breaker {
  /**
   * @param about - what log lines carry that this request brings about
   * @throws {CircuitOpenError}
   */
  admit(about: LogFields | undefined): Trial;
  readonly state: CircuitStatus['state'];
}

async function openBreaker(provider: string, options: CircuitOptions, logger: Logger): Promise<Breaker> {
  // Loaded here, so that a host without language models does not have it in memory.
  const cockatiel = await import('cockatiel');
  const { CircuitState, ConsecutiveBreaker, DelegateBackoff } = cockatiel;
  let openUntil = 0;
  let reason: unknown;
  /** What failed last, or was tried while the circuit was half-open. */
  let last: LogFields | undefined;
  const transient = cockatiel.handleWhen((error) => error instanceof ChatModelError && error.retryable);
  const policy = cockatiel.circuitBreaker(transient, {
    breaker: new ConsecutiveBreaker(options.failures),
    halfOpenAfter: new DelegateBackoff(({ attempt, result }) => {
      reason = 'error' in result ? result.error : undefined;
      const asked = reason instanceof ChatModelError ? (reason.retryAfter ?? 0) : 0;
      const wait = Math.min(
        options.longest,
        Math.max(asked, options.openFor * 2 ** Math.min(attempt - 1, 30)),
      );
      openUntil = Date.now() + wait;
      return wait;
    }),
  });
  policy.onBreak(() => {
    logger.warn(`${provider} keeps failing and is left alone for a while`, {
      ...last,
      openUntil,
      error: reason,
    });
  });
  policy.onReset(() => {
    logger.info(`${provider} is asked again as usual`, last);
  });

  const refusal = (): CircuitOpenError => {
    const left = Math.max(0, openUntil - Date.now());
    const until = `until ${new Date(openUntil).toISOString().slice(11, 19)} UTC`;
    const how = policy.state === CircuitState.HalfOpen ? 'until one request has found it well again' : until;
    return new CircuitOpenError(`${provider} kept failing and is left alone ${how}`, left, reason);
  };
  return {
    get state() {
      if (policy.state === CircuitState.Closed) return 'closed';
      // The breaker itself finds out at the next request, which may be long in coming.
      return policy.state === CircuitState.HalfOpen || Date.now() >= openUntil ? 'half-open' : 'open';
    },
    admit(about) {
      // Otherwise it would wait for the trial's end, and then go ahead.
      if (policy.state === CircuitState.HalfOpen) throw refusal();
      const trial = admitted(policy, () => {
        const isProbe = policy.state === CircuitState.HalfOpen;
        if (isProbe) last = about;
        return isProbe;
      });
      if (trial === undefined) throw refusal();
      return {
        ...trial,
        failed: (error) => {
          last = about;
          trial.failed(error);
        },
      };
    },
  };
}

/** Runs a trial past the breaker; undefined when it is open. */
function admitted(policy: CircuitBreakerPolicy, isProbe: () => boolean): Trial | undefined {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const entry = { open: false };
  // The breaker calls back before it returns, unless it is open. Its own promise tells nothing new.
  policy
    .execute(() => {
      entry.open = true;
      return promise;
    })
    .catch(() => undefined);
  if (!entry.open) return undefined;
  const probe = isProbe();
  return {
    came: () => {
      if (probe) resolve(undefined);
    },
    succeeded: () => {
      resolve(undefined);
    },
    failed: reject,
    abandoned: () => {
      reject(new Error('nobody waited for the end'));
    },
  };
}
