// The stand-in LLM in a process of its own, so that it takes no time from the stand-in Discord. Says what each question
// wishes for, and sends how long it took for that.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { startStandInLlm } from '../../test/support/llm/stand-in-llm.ts';
import { answerTo, readWish } from '../llm/wish.ts';

/** What it sends: first its address, then the time for each answer. */
export type ModelNews =
  | { readonly url: string }
  | {
      readonly line: number;
      /** From the request's headers until the answer's last byte was given to the system, in milliseconds. */
      readonly took: number;
    };

const begun = new WeakMap<IncomingMessage, number>();
const lines = new WeakMap<IncomingHttpHeaders, number>();

subscribe('http.server.request.start', (message) => {
  begun.set((message as { request: IncomingMessage }).request, performance.now());
});
subscribe('http.server.response.finish', (message) => {
  const { request } = message as { request: IncomingMessage };
  const line = lines.get(request.headers);
  const from = begun.get(request);
  if (line !== undefined && from !== undefined) send({ line, took: performance.now() - from });
});

const llm = await startStandInLlm({ historyLimit: 100 });
llm.script(({ messages, headers }) => {
  const wish = readWish(messages.at(-1)?.text ?? '');
  // The host looks whether the model is there.
  if (wish === undefined) return 'Here I am.';
  lines.set(headers, wish.line);
  return { text: answerTo(wish), latency: { betweenTokensMs: wish.apart } };
});
send({ url: llm.openaiUrl });

process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => {
  llm.stop().then(
    () => process.exit(),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`, () => process.exit(1));
    },
  );
});

function send(news: ModelNews): void {
  process.send?.(news);
}
