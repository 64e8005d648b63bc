import { type ChatFailure, ChatModelError, type ChatRequest } from '../agents/chat-model.ts';
import { type ErrorFacts, factsOf } from './error-facts.ts';
import { failureOf, isUnserved } from './failure-of.ts';
import { RefusedCallError } from './refused-call-error.ts';
import { readRetryAfter } from './retry-after.ts';
import type { ResolvedModel } from './resolve-model.ts';
import { harmlessWords } from './harmless-words.ts';

/** Whose error it is. */
export interface ErrorSource {
  readonly target: ResolvedModel;
  /** What was asked: none of it may be in the error. */
  readonly request: ChatRequest;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const WORDS = {
  overloaded: 'has too much to do',
  'rate-limited': 'takes no more requests for now',
  unavailable: 'did not answer, or broke off',
  idle: 'sent nothing for too long',
  'context-too-long': 'cannot take so long a conversation',
  'bad-key': 'does not accept the key',
  'out-of-credit': 'wants the account to be paid for',
  'unknown-model': 'has no such model',
  'bad-request': 'does not take the request',
} as const satisfies Record<ChatFailure, string>;

/**
 * What an error that came up while a model was asked means. What is neither the provider's nor the network's fault
 * comes back as it is, for it is a defect.
 */
export function classifyError(error: unknown, source: ErrorSource): Error {
  if (error instanceof ChatModelError) return error;
  const facts = factsOf(error);
  if (facts === undefined)
    return error instanceof Error ? error : new Error('not an error', { cause: error });
  const failure = failureOf(facts);
  const Kind = isUnserved(facts) ? RefusedCallError : ChatModelError;
  return new Kind(failure, `${nameOf(source.target)} ${WORDS[failure]}${shortly(facts)}`, {
    remedy: remedyFor(failure, facts, source.target),
    retryAfter: readRetryAfter(facts.headers, source.now()),
    // A new error: that of the SDK holds the request and its headers.
    cause: new Error(harmlessWords(facts.text, source) || 'no more is known'),
  });
}

/** The failure of a stream that ended without saying that the answer is complete. */
export function brokenOff(target: ResolvedModel): ChatModelError {
  return new ChatModelError('unavailable', `${nameOf(target)} broke off before the answer was complete`);
}

/** How messages name a model. */
export function nameOf({ provider, model }: { provider: string; model: string }): string {
  return `${provider} (${model})`;
}

/** Status and code, where they are what they should be: codes, not sentences. */
function shortly({ status, code, type }: ErrorFacts): string {
  const known = [code, type].find((word) => /^[A-Za-z][\w.-]{1,60}$/.test(word));
  const parts = [status, known].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : `: ${parts.join(' ')}`;
}

function remedyFor(failure: ChatFailure, facts: ErrorFacts, { preset, baseUrl }: ResolvedModel): string {
  if (failure === 'out-of-credit') {
    return `Add credit to the account that the key belongs to; see ${preset.keyPage}.`;
  }
  const variables = preset.keyVariables.join(' or ');
  const { host } = new URL(baseUrl);
  if (failure === 'bad-key') {
    return variables === ''
      ? `Give the agent an api_key that ${host} accepts.`
      : `Set ${variables}, or the agent's own api_key, to a key from ${preset.keyPage} that may use this model.`;
  }
  if (failure === 'unknown-model') return `Set "model" to a name from ${preset.modelPage}.`;
  if (facts.status === 404) return `There is no such interface at ${host}: is the address right?`;
  if (failure === 'unavailable' && facts.status === undefined) return `Can ${host} be reached from here?`;
  return '';
}
