import type { CircuitBreakerPolicy } from 'cockatiel';

import { ChatModelError } from '../agents/chat-model.ts';
import type { LogFields, Logger } from '../observability/logger.ts';
import { CircuitOpenError } from './circuit-open-error.ts';

/** When a provider is left alone. */
export interface CircuitOptions {
  /** Failures in a row that open the circuit. Only those count after which the same call may succeed later. */
  readonly failures: number;
  /** How long it stays open the first time, in milliseconds; doubled each time that it opens again. */
  readonly openFor: number;
  /** The longest that it stays open, in milliseconds, even if the provider asks for more. */
  readonly longest: number;
}

/**
 * Closed: every request is let through; open: none is for a while; half-open: that is over, and the next one, alone, finds
 * out whether it is well again.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** What becomes of one request; the first word counts. */
export interface Trial {
  came(): void;
  succeeded(): void;
  failed(error: unknown): void;
  /** Neither good nor bad: its reader went away. */
  abandoned(): void;
}

/** Lets requests through, or does not. */
export interface Breaker {
  /**
   * @param about - what log lines carry that this request brings about
   * @throws {CircuitOpenError}
   */
  admit(about: LogFields | undefined): Trial;
  readonly state: CircuitState;
}

/** Makes one that is closed. */
export async function openBreaker(
  provider: string,
  options: CircuitOptions,
  logger: Logger,
): Promise<Breaker> {
  // Loaded here, so that a host without language models does not have it in memory.
  const cockatiel = await import('cockatiel');
  const { CircuitState: State, ConsecutiveBreaker, DelegateBackoff } = cockatiel;
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
    const how = policy.state === State.HalfOpen ? 'until one request has found it well again' : until;
    return new CircuitOpenError(`${provider} kept failing and is left alone ${how}`, left, reason);
  };
  return {
    get state() {
      if (policy.state === State.Closed) return 'closed';
      // The policy itself goes on only when it is asked.
      const isLeftAlone = policy.state === State.Open && Date.now() < openUntil;
      return isLeftAlone ? 'open' : 'half-open';
    },
    admit(about) {
      // Otherwise it would wait for the trial's end, and then go ahead.
      if (policy.state === State.HalfOpen) throw refusal();
      const trial = admitted(policy, () => {
        const isProbe = policy.state === State.HalfOpen;
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
