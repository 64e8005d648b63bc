import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ErrorInit } from './api-error.ts';
import type { Expectation, RequestMatch } from './expectations.ts';
import { rateLimitHeaders } from './faults.ts';
import type { BreakPoint, Fault, FaultEffect } from './faults.ts';
import { Happenings } from '../happenings.ts';
import { Keys } from './keys.ts';
import { LlmServer } from './llm-server.ts';
import { Models } from './models.ts';
import type { Model, ModelInit } from './models.ts';
import { DEFAULTS } from './options.ts';
import type { StandInLlmOptions } from './options.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Latency, Reply, Script } from './reply.ts';
import { Violations } from './violations.ts';

/** Starts an LLM of one's own on 127.0.0.1. Whoever starts it stops it. */
export async function startStandInLlm(options: StandInLlmOptions = {}): Promise<StandInLlm> {
  const llm = new StandInLlm(options);
  await llm.comeBack();
  return llm;
}

/**
 * An LLM to test against: OpenAI's chat completions and Anthropic's messages, as the real SDKs call them. It says
 * what the test has it say, fails as the test has it fail, and records what it was asked. What no real one would
 * understand is answered 400 and kept as a violation.
 *
 * @example
 * ```ts
 * const llm = await startStandInLlm();
 * llm.replyOnce('Good morning.');
 * const client = new OpenAI({ baseURL: llm.openaiUrl, apiKey: 'any' });
 * await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] });
 * llm.requests[0]?.messages; // [{ role: 'user', text: 'Hi', … }]
 * await llm.stop();
 * ```
 */
export class StandInLlm {
  readonly #keys: Keys;
  readonly #models = new Models();
  readonly #happenings = new Happenings('stand-in LLM');
  readonly #violations = new Violations();
  readonly #llm: LlmServer;
  readonly #server: Server;
  #port: number;

  constructor(options: StandInLlmOptions) {
    const settings = { ...DEFAULTS, ...options };
    this.#port = settings.port;
    this.#keys = new Keys(options.keys);
    this.#llm = new LlmServer({
      settings,
      keys: this.#keys,
      models: this.#models,
      happenings: this.#happenings,
      violations: this.#violations,
    });
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.#llm.handle(request, response);
    });
  }

  /** For `OPENAI_BASE_URL`, and for `baseURL` of the openai SDK. Any other path before `/chat/completions` works too. */
  get openaiUrl(): string {
    return `${this.anthropicUrl}/v1`;
  }

  /** For `ANTHROPIC_BASE_URL`, and for `baseURL` of the Anthropic SDK. */
  get anthropicUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The requests, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.#llm.log.entries;
  }

  /** What was done wrong so far. */
  get violations(): readonly string[] {
    return this.#violations.list;
  }

  /** The latest happenings, one sentence each: for a look at what went on. */
  get recent(): readonly string[] {
    return this.#happenings.recent;
  }

  /** Serves another model, or the same one otherwise. */
  addModel(init: ModelInit): Model {
    return this.#models.add(init);
  }

  /** From now on a key is good (or good again). */
  acceptKey(key: string): void {
    this.#keys.accept(key);
  }

  /** From now on a key is answered 401. */
  revokeKey(key: string): void {
    this.#keys.revoke(key);
  }

  /** Answers every request that no {@link reply} is meant for. A promise holds the answer back. */
  script(script: Script): void {
    this.#llm.script = script;
  }

  /** Answers matching requests; those with `times` in order, and before the others. */
  reply(reply: string | Reply | Script, match: RequestMatch = {}): Expectation<Script> {
    return this.#llm.replies.add(match, typeof reply === 'function' ? reply : () => reply);
  }

  /** Answers the next matching request; several of them wait in a queue. */
  replyOnce(reply: string | Reply | Script, match: Omit<RequestMatch, 'times'> = {}): Expectation<Script> {
    return this.reply(reply, { ...match, times: 1 });
  }

  /** Answers matching requests with an error, in each API's own shape. */
  failRequests(
    fault: RequestMatch & ErrorInit & { status: number; headers?: Record<string, string> },
  ): Fault {
    const { status, headers = {}, message, type, code, param, ...match } = fault;
    const error = given({ message, type, code, param });
    return this.#fault(match, { type: 'refuse', status, error, headers: () => headers });
  }

  /** Answers matching requests with 429; with neither wait given, it does not say for how long. */
  rateLimit(fault: RequestMatch & ErrorInit & { retryAfter?: number; retryAfterMs?: number }): Fault {
    const { retryAfter, retryAfterMs, message, type, code, param, ...match } = fault;
    const headers = {
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...(retryAfterMs !== undefined && { 'retry-after-ms': String(retryAfterMs) }),
    };
    const wait = retryAfterMs ?? (retryAfter === undefined ? undefined : retryAfter * 1_000);
    return this.#fault(match, {
      type: 'refuse',
      status: 429,
      error: given({ message, type, code, param }),
      headers: (api, now) => ({ ...rateLimitHeaders(api, now, wait), ...headers }),
    });
  }

  /** Delays the answers to matching requests. */
  slowRequests(fault: RequestMatch & Latency): Fault {
    const { headersMs = 0, firstTokenMs = 0, betweenTokensMs = 0, ...match } = fault;
    return this.#fault(match, { type: 'slow', latency: { headersMs, firstTokenMs, betweenTokensMs } });
  }

  /** Falls silent, before anything is sent unless told otherwise; it goes on once the fault is lifted. */
  hangRequests(fault: RequestMatch & { after?: BreakPoint } = {}): Fault {
    const { after = 'nothing', ...match } = fault;
    return this.#fault(match, { type: 'break', how: 'hang', after, status: 0, error: {} });
  }

  /** Cuts the connection, before anything is sent unless told otherwise. */
  dropRequests(fault: RequestMatch & { after?: BreakPoint } = {}): Fault {
    const { after = 'nothing', ...match } = fault;
    return this.#fault(match, { type: 'break', how: 'drop', after, status: 0, error: {} });
  }

  /** Ends the response properly before it is complete: a stream without its last events, or half a body. */
  truncateAnswers(fault: RequestMatch & { after?: 'headers' | number } = {}): Fault {
    const { after = 0, ...match } = fault;
    return this.#fault(match, { type: 'break', how: 'end', after, status: 0, error: {} });
  }

  /** Has one event of a stream be no JSON; of a whole answer, the body. */
  garbleAnswers(fault: RequestMatch & { after?: number } = {}): Fault {
    const { after = 0, ...match } = fault;
    return this.#fault(match, { type: 'break', how: 'garble', after, status: 0, error: {} });
  }

  /** Sends an error inside a stream that began well (status 200): Overloaded, unless told otherwise. */
  interruptStreams(
    fault: Omit<RequestMatch, 'stream'> & ErrorInit & { after?: number; status?: number } = {},
  ): Fault {
    const { after = 0, status = 529, message, type, code, param, ...match } = fault;
    const error = given({ message, type, code, param });
    return this.#fault({ ...match, stream: true }, { type: 'break', how: 'error', after, status, error });
  }

  /** Sends answers in chunks of so many bytes, which cuts characters that are longer than one. */
  splitAnswers(fault: RequestMatch & { bytes: number }): Fault {
    const { bytes, ...match } = fault;
    return this.#fault(match, { type: 'split', bytes });
  }

  /**
   * Resolves once the condition gives something else than `undefined` or `false`. It is asked now, and after
   * everything that happens here; nothing else makes it be asked.
   *
   * @throws Error after the timeout, telling what happened instead
   */
  async until<T>(condition: () => T | undefined | false, what: string, timeoutMs = 5_000): Promise<T> {
    return this.#happenings.until(condition, what, timeoutMs);
  }

  /** Takes it down: open connections end, new ones are refused. Nothing is forgotten but the faults. */
  async goDown(): Promise<void> {
    this.#llm.faults.liftAll();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server.close(() => {
      resolve(undefined);
    });
    this.#server.closeAllConnections();
    await promise;
  }

  /** Listens again, at the same address, after {@link goDown}. */
  async comeBack(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once('error', reject);
    this.#server.listen(this.#port, '127.0.0.1', () => {
      this.#server.off('error', reject);
      resolve(undefined);
    });
    await promise;
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** The violations so far, and forgets them: for a test that meant them. */
  takeViolations(): string[] {
    return this.#violations.take();
  }

  /** @throws LlmViolationError when there is any */
  assertNoViolations(): void {
    this.#violations.assertNone();
  }

  /**
   * Ends every connection and timer, and what hangs.
   *
   * @throws LlmViolationError when there are violations that nobody took
   */
  async stop(): Promise<void> {
    this.#happenings.close();
    if (this.#server.listening) await this.goDown();
    this.#violations.assertNone();
  }

  #fault(match: RequestMatch, effect: FaultEffect): Fault {
    return this.#llm.faults.add(match, effect);
  }
}

/** Only what was given. */
function given(init: { [K in keyof ErrorInit]: ErrorInit[K] | undefined }): ErrorInit {
  return Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined));
}
