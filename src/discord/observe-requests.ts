import type { REST } from '@discordjs/rest';
import type { RequestObserver } from '../observability/observers/request-observer.ts';

/** How the program makes its requests, as @discordjs/rest wants it. */
type MakeRequest = REST['options']['makeRequest'];

/** The same way to make requests, each of which is told. */
export function observeRequests(makeRequest: MakeRequest, tell: RequestObserver): MakeRequest {
  return async (url, init) => {
    const began = performance.now();
    try {
      const response = await makeRequest(url, init);
      const { status, headers } = response;
      const scope = status === 429 ? (headers.get('x-ratelimit-scope') ?? undefined) : undefined;
      tell({ status, ms: performance.now() - began, scope });
      return response;
    } catch (error) {
      tell({ status: undefined, ms: performance.now() - began, scope: undefined });
      throw error;
    }
  };
}
