import { LlmApiError } from './api-error.ts';
import type { ApiName, RecordedRequest } from './recorded-request.ts';

/** What an API answers for a model that it does not serve. */
export function unknownModel(api: ApiName, name: string): LlmApiError {
  if (api === 'anthropic') return new LlmApiError(404, { message: `model: ${name}` });
  return new LlmApiError(404, {
    message: `The model \`${name}\` does not exist or you do not have access to it.`,
    code: 'model_not_found',
  });
}

/** What an API answers for a key that is no good. OpenAI shows a part of the key, and so does the stand-in. */
export function wrongKey({ api, key }: RecordedRequest): LlmApiError {
  if (api === 'anthropic') return new LlmApiError(401);
  const message =
    key === ''
      ? "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
      : `Incorrect API key provided: ${masked(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return new LlmApiError(401, { message, code: key === '' ? null : 'invalid_api_key' });
}

function masked(key: string): string {
  return key.length < 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
}

/** What an API answers for an address that it does not have. */
export function unknownRoute({ method, path }: RecordedRequest): LlmApiError {
  return new LlmApiError(404, { message: `Invalid URL (${method} ${path})`, code: null, violation: true });
}
