import { onTestFinished } from 'vitest';
import { headersOf } from './fake-guard.ts';

/** Reads a stream of events, block by block, as a viewer where the headers say nothing else. */
export async function listen(
  { url }: { readonly url: string },
  query = '',
  headers: Readonly<Record<string, string>> = headersOf('viewer'),
) {
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  const response = await fetch(`${url}/api/events${query}`, {
    headers,
    signal: stop.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  /** The next block; undefined at the end. */
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        return block;
      }
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return undefined;
      text += value;
    }
  };
  /** The next event, by its lines. */
  const event = async (): Promise<Record<string, string> | undefined> => {
    for (;;) {
      const block = await next();
      if (block === undefined) return undefined;
      if (!block.includes('event: ')) continue;
      const lines = block.split('\n').map((line): [string, string] => {
        const [name = '', ...rest] = line.split(': ');
        return [name, rest.join(': ')];
      });
      return Object.fromEntries(lines);
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    event,
    stop: () => {
      stop.abort();
    },
  };
}
