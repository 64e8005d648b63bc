/** What an error of an SDK, or of the network underneath, says of itself. No field of it may be shown as it is. */
export interface ErrorFacts {
  /** Of HTTP; undefined when there was no answer, or when the error came inside a stream that began well. */
  readonly status: number | undefined;
  /** `invalid_request_error`, `overloaded_error`, … */
  readonly type: string;
  /** `model_not_found`, `insufficient_quota`, …, or `ECONNREFUSED` and its like. */
  readonly code: string;
  /** The parameter at fault. */
  readonly param: string;
  /** The provider's own words, which may quote the request. */
  readonly text: string;
  readonly headers: Headers | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an error; undefined when it is none of a provider's or the network's, but a defect.
 *
 * The SDKs' classes are not asked for, as that would load the SDKs. Their errors have a `status`, also when it is
 * undefined (github.com/openai/openai-node and github.com/anthropics/anthropic-sdk-typescript, `core/error`).
 */
export function factsOf(error: unknown): ErrorFacts | undefined {
  if (!(error instanceof Error)) return undefined;
  if (!('status' in error) && !isNetworkError(error)) return undefined;
  const fields = error as unknown as Fields;
  const body = innermost(fields['error']);
  const code = body['code'] ?? fields['code'] ?? systemCode(error);
  const { headers } = fields;
  return {
    status: statusOf(fields['status']) ?? statusOf(code),
    type: textIn(fields['type']) || textIn(body['type']) || textIn(body['status']),
    code: textIn(code),
    param: textIn(fields['param']) || textIn(body['param']),
    text: textIn(body['message']) || error.message,
    headers: headers instanceof Headers ? headers : undefined,
  };
}

/** Refused, reset, timed out, cut off in the middle, or no JSON where there should be some. */
function isNetworkError(error: Error): boolean {
  if (error instanceof SyntaxError) return true;
  if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message)) return true;
  return error.name === 'AbortError' || error.name === 'TimeoutError' || systemCode(error) !== undefined;
}

function systemCode(error: Error): string | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    const code = (at as unknown as Fields)['code'];
    if (typeof code === 'string' && /^(E[A-Z]|UND_ERR|ERR_SSL|CERT_)/.test(code)) return code;
    at = at.cause;
  }
  return undefined;
}

/** Anthropic's SDK keeps the whole body, OpenAI's what is under `error`. */
function innermost(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) return {};
  const inner = (body as Fields)['error'];
  return typeof inner === 'object' && inner !== null ? (inner as Fields) : (body as Fields);
}

/** Some servers tell the status of an error inside a stream as its code. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
