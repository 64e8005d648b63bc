import type { ApiName } from './recorded-request.ts';

/** What differs from an API's usual error of a status. */
export interface ErrorInit {
  message?: string;
  /** `invalid_request_error`, `overloaded_error`, `insufficient_quota`, … */
  type?: string;
  /** OpenAI only: `model_not_found`, `context_length_exceeded`, … */
  code?: string | null;
  /** OpenAI only: the parameter that is at fault. */
  param?: string | null;
}

type Usual = readonly [type: string, message: string, code?: string];

const OPENAI: Readonly<Record<number, Usual>> = {
  400: ['invalid_request_error', 'The request is invalid.'],
  401: ['invalid_request_error', 'Incorrect API key provided.', 'invalid_api_key'],
  403: [
    'request_forbidden',
    'Country, region, or territory not supported',
    'unsupported_country_region_territory',
  ],
  404: ['invalid_request_error', 'The requested resource was not found.', 'model_not_found'],
  429: ['requests', 'Rate limit reached for requests per min (RPM).', 'rate_limit_exceeded'],
  500: ['server_error', 'The server had an error while processing your request. Sorry about that!'],
  502: ['server_error', 'Bad gateway.'],
  503: ['server_error', 'The engine is currently overloaded, please try again later.'],
  529: ['server_error', 'The engine is currently overloaded, please try again later.'],
};

/** platform.claude.com/docs/en/api/errors */
const ANTHROPIC: Readonly<Record<number, Usual>> = {
  400: ['invalid_request_error', 'The request is invalid.'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'Your credit balance is too low to access the Anthropic API.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'The requested resource could not be found.'],
  409: ['conflict_error', 'The request conflicts with the current state of the resource.'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', "This request would exceed your organization's rate limit."],
  500: ['api_error', 'Internal server error'],
  504: ['timeout_error', 'The request timed out while processing.'],
  529: ['overloaded_error', 'Overloaded'],
};

const USUAL = { openai: OPENAI, anthropic: ANTHROPIC } as const satisfies Record<ApiName, unknown>;

/** What an API answers when it does not do what it was asked to. */
export class LlmApiError extends Error {
  override readonly name = 'LlmApiError';
  readonly status: number;
  readonly init: ErrorInit;
  /** Whether nobody who knows the API would have asked. */
  readonly violation: boolean;

  constructor(status: number, init: ErrorInit & { violation?: boolean } = {}) {
    super(init.message ?? `HTTP ${status}`);
    this.status = status;
    this.init = init;
    this.violation = init.violation ?? false;
  }

  /** The body as the API sends it. */
  body(api: ApiName, requestId: string): object {
    const error = errorObject(api, this.status, this.init);
    return api === 'openai' ? { error } : { type: 'error', error, request_id: requestId };
  }
}

/** The `error` inside a body or a stream of an API: its usual one of that status, where nothing else is said. */
export function errorObject(api: ApiName, status: number, init: ErrorInit = {}): object {
  const fallback = status >= 500 ? 500 : 400;
  const usual: Usual = USUAL[api][status] ?? USUAL[api][fallback] ?? ['error', 'Error'];
  const type = init.type ?? usual[0];
  const message = init.message ?? usual[1];
  if (api === 'anthropic') return { type, message };
  const code = init.code === undefined ? (usual[2] ?? null) : init.code;
  return { message, type, param: init.param ?? null, code };
}

/** A request that breaks the API's rules, whatever the model: answered 400, and a violation. */
export function invalid(message: string, rest: ErrorInit = {}): LlmApiError {
  return new LlmApiError(400, { code: null, ...rest, message, violation: true });
}

/** A request that this model, or this version of the API, does not take: answered 400, and no violation. */
export function unsupported(message: string, rest: ErrorInit = {}): LlmApiError {
  return new LlmApiError(400, { code: null, ...rest, message });
}
