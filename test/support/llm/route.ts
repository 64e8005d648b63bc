import type { IncomingMessage } from 'node:http';
import type { ApiName } from './recorded-request.ts';

/** What a request is for. */
export interface Route {
  api: ApiName;
  kind: 'chat' | 'count' | 'models' | 'unknown';
  path: string;
  /** `models`: which one; every one when left out. */
  model?: string;
}

/** Tells by method, path and headers. What comes before the path's end is a provider's own affair, such as `/v1`. */
export function routeOf(request: IncomingMessage): Route {
  const path = (request.url ?? '/').replace(/\?.*$/, '');
  const method = request.method ?? 'GET';
  if (method === 'POST') {
    if (path.endsWith('/chat/completions')) return { api: 'openai', kind: 'chat', path };
    if (path.endsWith('/v1/messages')) return { api: 'anthropic', kind: 'chat', path };
    if (path.endsWith('/v1/messages/count_tokens')) return { api: 'anthropic', kind: 'count', path };
  }
  // The two APIs list their models at the same path.
  const api = request.headers['anthropic-version'] === undefined ? 'openai' : 'anthropic';
  const models = /\/models(?:\/(.+))?$/.exec(path);
  if (method !== 'GET' || !models) return { api, kind: 'unknown', path };
  return {
    api,
    kind: 'models',
    path,
    ...(models[1] !== undefined && { model: decodeURIComponent(models[1]) }),
  };
}

/** The API key of a request: a bearer token, or Anthropic's own header. */
export function keyOf(request: IncomingMessage): string {
  const own = request.headers['x-api-key'];
  if (typeof own === 'string') return own;
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
