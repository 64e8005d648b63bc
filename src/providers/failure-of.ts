import type { ChatFailure } from '../agents/chat-model.ts';
import type { ErrorFacts } from './error-facts.ts';

type Rule = readonly [ChatFailure, (facts: ErrorFacts) => boolean];

const CONTEXT =
  /context[ _](length|window|size)|maximum context|prompt is too long|input is too long|too many (input )?tokens|token count.{0,40}exceeds|reduce the length of the messages/i;
const KEY =
  /(invalid|incorrect|wrong|missing|no) (x-)?api[ -_]?key|api[ -_]?key (is |was )?(not valid|invalid|missing)/i;
const UNPAID =
  /credit balance is too low|insufficient (credits|balance|funds)|(out of|no) credits|used all (of your )?(available )?credits/i;
const MODEL =
  /\bmodel\b.{0,120}(not found|does not exist|not exist|is not available)|(invalid|unknown|no such) model\b/i;

/** In this order: the first that applies counts. */
const RULES: readonly Rule[] = [
  ['out-of-credit', isUnpaid],
  [
    'overloaded',
    ({ status, type, text }) =>
      status === 529 ||
      type === 'overloaded_error' ||
      ((status ?? 500) >= 500 && /overloaded|at capacity/i.test(text)),
  ],
  [
    'rate-limited',
    ({ status, type, code }) =>
      status === 429 || type.startsWith('rate_limit') || code.startsWith('rate_limit'),
  ],
  [
    'unknown-model',
    ({ status, type, code, text }) =>
      code === 'model_not_found' ||
      (status === 404 && (type === 'not_found_error' || /model/i.test(text))) ||
      (isRefusal(status) && MODEL.test(text)),
  ],
  [
    'bad-key',
    ({ status, type, code, text }) =>
      status === 401 ||
      status === 403 ||
      type === 'authentication_error' ||
      type === 'permission_error' ||
      code === 'invalid_api_key' ||
      (isRefusal(status) && KEY.test(text)),
  ],
  [
    'context-too-long',
    ({ status, type, code, text }) =>
      status === 413 ||
      code === 'context_length_exceeded' ||
      ((isRefusal(status) || type.startsWith('invalid_request')) && CONTEXT.test(text)),
  ],
  ['bad-request', ({ status, type }) => isRefusal(status) || (!status && type.startsWith('invalid_request'))],
];

/** What kind of failure an error is. What nothing speaks against counts as the provider being unavailable. */
export function failureOf(facts: ErrorFacts): ChatFailure {
  return RULES.find(([, applies]) => applies(facts))?.[0] ?? 'unavailable';
}

/** Before a connection stands: nothing was sent. */
const UNCONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|(ERR_SSL|CERT)_\w+)$/;

/** Whether the model did not even begin to work, and the call costs nothing: it was refused, or never arrived. */
export function isUnserved({ status, code }: ErrorFacts): boolean {
  if (status === undefined) return UNCONNECTED.test(code);
  return status >= 400;
}

/** Whether the account has no money left, which no waiting heals. */
function isUnpaid({ status, type, code, text }: ErrorFacts): boolean {
  return (
    status === 402 ||
    type === 'insufficient_quota' ||
    code === 'insufficient_quota' ||
    type === 'billing_error' ||
    ((status ?? 400) < 500 && UNPAID.test(text))
  );
}

/** Statuses that say that the same request will be refused again. */
function isRefusal(status: number | undefined): boolean {
  if (status === undefined || status < 400 || status >= 500) return false;
  return ![408, 409, 425, 429].includes(status);
}
