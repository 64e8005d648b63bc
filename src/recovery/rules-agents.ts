import { BACK_OFFS } from './back-offs.ts';
import type { Rule } from './policy.ts';

type Rules = Readonly<Record<string, Rule>>;

/** After so long without another one, failures of single answers are history; in milliseconds. */
const QUIET = 900_000;

const RETRY = { severity: 'transient', action: 'retry', backOff: BACK_OFFS.model, quiet: QUIET } as const;
const REFUSED = { severity: 'persistent', action: 'fall-back', quiet: QUIET } as const;

/** What is done about a call to a language model that failed. */
const PROVIDER_RULES = {
  overloaded: { ...RETRY, because: 'it passes; then the fallbacks stand in, then a notice' },
  'rate-limited': { ...RETRY, because: 'it passes, and the provider says when; then the fallbacks' },
  unavailable: { ...RETRY, because: 'it passes; five failures in a row open the circuit' },
  idle: { ...RETRY, because: 'a stream that stalls stays stalled: another one is begun' },
  'streams-break': {
    severity: 'transient',
    action: 'degrade',
    quiet: 3_600_000,
    because: 'after two in a row it is asked without streaming: its answers come complete, not as they grow',
  },
  'no-streaming': {
    severity: 'persistent',
    action: 'degrade',
    quiet: 86_400_000,
    because: 'the server does not stream: its answers come complete',
  },
  'circuit-open': {
    severity: 'transient',
    action: 'fall-back',
    backOff: { base: 10_000, cap: 300_000 },
    quiet: QUIET,
    because: 'a provider that keeps failing is spared; one request finds out when it is well',
  },
  'bad-key': { ...REFUSED, because: 'another provider may answer; else a notice: the operator is needed' },
  'out-of-credit': {
    ...REFUSED,
    because: 'another provider may answer; else a notice: the operator is needed',
  },
  'unknown-model': { ...REFUSED, because: 'another model may answer; else a notice: the operator is needed' },
  'bad-request': { ...REFUSED, because: 'another model may take it; else a notice' },
  'context-too-long': {
    severity: 'transient',
    action: 'degrade',
    quiet: QUIET,
    because: 'asked again with half of the conversation, whichever model says so',
  },
} as const satisfies Rules;

/** What is done about the memory of users. */
const MEMORY_RULES = {
  'not-recalled': {
    severity: 'transient',
    action: 'degrade',
    quiet: QUIET,
    because: 'a failure in words: never an answer from an empty memory',
  },
  'not-remembered': {
    severity: 'transient',
    action: 'retry',
    backOff: BACK_OFFS.memory,
    quiet: QUIET,
    because: 'four tries; the answer that was given stands',
  },
  'no-summary': {
    severity: 'transient',
    action: 'degrade',
    quiet: 86_400_000,
    because: 'answers go on without a new summary, and it is tried less often the more often it fails',
  },
} as const satisfies Rules;

/** What is done about an answer that the agent does not give. */
const ANSWER_RULES = {
  'agent-failed': {
    severity: 'transient',
    action: 'degrade',
    quiet: QUIET,
    because: 'a defect in one agent: its user gets a notice with a reference',
  },
  'answer-too-slow': {
    severity: 'transient',
    action: 'degrade',
    quiet: QUIET,
    because: 'five minutes are enough: a notice',
  },
  'empty-answer': { severity: 'transient', action: 'degrade', quiet: QUIET, because: 'a notice' },
  'token-limit': {
    severity: 'persistent',
    action: 'degrade',
    quiet: QUIET,
    because: 'a notice: the limit of tokens is too low for a model that thinks first',
  },
  'no-price': {
    severity: 'persistent',
    action: 'degrade',
    quiet: QUIET,
    because: 'a notice: a budget needs a price',
  },
} as const satisfies Rules;

/** What is done about failures of what answers. */
export const AGENT_RULES = { provider: PROVIDER_RULES, memory: MEMORY_RULES, answer: ANSWER_RULES } as const;
