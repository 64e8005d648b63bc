import type { IncomingMessage, ServerResponse } from 'node:http';
import { BoundedLog } from '../bounded-log.ts';
import { anthropicBody, anthropicFrames } from './anthropic-answer.ts';
import { readAnthropicRequest } from './anthropic-request.ts';
import { checkAnthropicBody, checkAnthropicModel } from './anthropic-rules.ts';
import { composeAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { LlmApiError } from './api-error.ts';
import { beforeHeaders, deliverStream, deliverWhole } from './deliver.ts';
import type { Delivery } from './deliver.ts';
import { Exchange } from './exchange.ts';
import { Expectations } from './expectations.ts';
import type { Fault, FaultEffect } from './faults.ts';
import type { Happenings } from '../happenings.ts';
import type { JsonObject } from './json.ts';
import type { Keys } from './keys.ts';
import { modelList } from './model-list.ts';
import type { Model, Models } from './models.ts';
import type { Frame } from './frame.ts';
import { openAiBody, openAiFrames } from './openai-answer.ts';
import { readOpenAiRequest } from './openai-request.ts';
import { checkOpenAiBody, checkOpenAiModel } from './openai-rules.ts';
import type { Settings } from './options.ts';
import { countPrompt } from './prompt-tokens.ts';
import { readJson } from './read-json.ts';
import { NO_CONVERSATION } from './recorded-request.ts';
import type { Conversation, RecordedRequest } from './recorded-request.ts';
import { unknownModel, unknownRoute, wrongKey } from './refusals.ts';
import { sayBack } from './reply.ts';
import type { Latency, Reply, Script } from './reply.ts';
import { keyOf, routeOf } from './route.ts';
import type { Route } from './route.ts';
import type { Violations } from './violations.ts';

/** What the server shares with whoever drives it. */
export interface LlmServerParts {
  settings: Settings;
  keys: Keys;
  models: Models;
  happenings: Happenings;
  violations: Violations;
}

/** Answers requests: who asks, is it right, what goes wrong on purpose, what the model says. */
export class LlmServer {
  readonly faults = new Expectations<FaultEffect>();
  readonly replies = new Expectations<Script>();
  /** Answers what no reply is queued for. */
  script: Script = sayBack;
  readonly log: BoundedLog<RecordedRequest>;
  readonly #parts: LlmServerParts;
  #count = 0;

  constructor(parts: LlmServerParts) {
    this.#parts = parts;
    this.log = new BoundedLog(parts.settings.historyLimit);
  }

  /** Answers one request, whatever it is. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { happenings } = this.#parts;
    const route = routeOf(request);
    const record = this.#record(request, route);
    const exchange = new Exchange(record, response, happenings);
    try {
      await this.#serve(exchange, route, request);
    } catch (error) {
      await this.#refuse(exchange, error);
    } finally {
      record.ended = true;
      const outcome = record.aborted ? 'was given up by its client' : `ended with ${record.status}`;
      happenings.note(`${record.method} ${record.path} ${outcome} after ${record.tokensSent} tokens`);
    }
  }

  async #serve(exchange: Exchange, route: Route, request: IncomingMessage): Promise<void> {
    const { record } = exchange;
    const { settings, happenings, keys, models } = this.#parts;
    let unreadable: Error | undefined;
    const body = await readJson(request, settings.maxBodyBytes).catch((error: unknown): JsonObject => {
      unreadable = error instanceof Error ? error : new Error(String(error));
      return {};
    });
    if (exchange.over) return;
    Object.assign(record, { body }, conversationIn(route, body));
    record.promptTokens = countPrompt(record);
    this.log.push(record);
    happenings.note(`${record.method} ${record.path} asks ${record.model}`);

    const fault = this.faults.meet(record);
    if (fault) happenings.note(`${record.method} ${record.path} meets a fault (${fault.what.type})`);
    if (fault?.what.type === 'refuse') {
      const { status, error, headers } = fault.what;
      await this.#send(exchange, new LlmApiError(status, error), headers(record.api, settings.clock()));
      return;
    }
    if (!keys.isGood(record.key)) throw wrongKey(record);
    if (unreadable) throw unreadable;
    if (route.kind === 'chat') await this.#chat(exchange, fault);
    else if (route.kind === 'count') await this.#countTokens(exchange, fault);
    else if (route.kind === 'models') {
      const delivery = deliveryOf(exchange, fault, {});
      if (await beforeHeaders(delivery))
        await deliverWhole(delivery, modelList(models, record.api, route.model));
    } else throw unknownRoute(record);
  }

  async #chat(exchange: Exchange, fault: Fault | undefined): Promise<void> {
    const { record } = exchange;
    const model = this.#check(record, false);
    const script = this.replies.meet(record)?.what ?? this.script;
    const said = await script(record);
    const reply: Reply = typeof said === 'string' ? { text: said } : said;
    const id = `standin${String(record.index).padStart(6, '0')}`;
    const answer = composeAnswer(reply, record, model, id);
    const delivery = deliveryOf(exchange, fault, reply.latency ?? {});
    if (!(await beforeHeaders(delivery))) return;
    record.usage = answer.usage;
    if (record.stream) await deliverStream(delivery, framesOf(answer, record));
    else {
      await deliverWhole(delivery, bodyOf(answer, record));
      if (!record.aborted) record.tokensSent = answer.usage.output;
    }
  }

  async #countTokens(exchange: Exchange, fault: Fault | undefined): Promise<void> {
    this.#check(exchange.record, true);
    const delivery = deliveryOf(exchange, fault, {});
    if (await beforeHeaders(delivery)) {
      await deliverWhole(delivery, { input_tokens: exchange.record.promptTokens });
    }
  }

  /** @throws LlmApiError as the API would answer */
  #check(record: RecordedRequest, counting: boolean): Model {
    const { api, body, headers } = record;
    if (api === 'openai') checkOpenAiBody(body);
    else checkAnthropicBody(body, headers, counting);
    const model = this.#parts.models.find(api, record.model);
    if (!model) throw unknownModel(api, record.model);
    if (api === 'openai') checkOpenAiModel(record, model);
    else checkAnthropicModel(record, model);
    return model;
  }

  async #refuse(exchange: Exchange, error: unknown): Promise<void> {
    if (exchange.over) return;
    const { method, path } = exchange.record;
    if (!(error instanceof LlmApiError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.violations.add(`The stand-in's own script failed at ${method} ${path}: ${text}`);
    } else if (error.violation) this.#parts.violations.add(`${method} ${path}: ${error.message}`);
    if (exchange.headersSent) exchange.drop();
    else await this.#send(exchange, error instanceof LlmApiError ? error : new LlmApiError(500), {});
  }

  async #send(exchange: Exchange, error: LlmApiError, headers: Record<string, string>): Promise<void> {
    const { api } = exchange.record;
    const text = JSON.stringify(error.body(api, exchange.requestId));
    exchange.record.error = error.message;
    exchange.open(error.status, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    });
    await exchange.write(text);
    exchange.end();
  }

  #record(request: IncomingMessage, route: Route): RecordedRequest {
    return {
      ...NO_CONVERSATION,
      index: this.#count++,
      api: route.api,
      method: request.method ?? 'GET',
      path: route.path,
      key: keyOf(request),
      headers: request.headers,
      body: {},
      at: this.#parts.settings.clock(),
      promptTokens: 0,
      status: 0,
      error: undefined,
      tokensSent: 0,
      usage: undefined,
      aborted: false,
      ended: false,
    };
  }
}

function conversationIn(route: Route, body: JsonObject): Conversation {
  if (route.kind !== 'chat' && route.kind !== 'count') return NO_CONVERSATION;
  return route.api === 'openai' ? readOpenAiRequest(body) : readAnthropicRequest(body);
}

function framesOf(answer: Answer, record: RecordedRequest): Iterable<Frame> {
  return record.api === 'openai' ? openAiFrames(answer, record, record.at) : anthropicFrames(answer);
}

function bodyOf(answer: Answer, record: RecordedRequest): object {
  return record.api === 'openai' ? openAiBody(answer, record.at) : anthropicBody(answer);
}

/** A fault that only slows or splits replaces what the reply says of its latency. */
function deliveryOf(exchange: Exchange, fault: Fault | undefined, latency: Latency): Delivery {
  if (fault?.what.type === 'split') exchange.chunkBytes = fault.what.bytes;
  return { exchange, fault, latency: fault?.what.type === 'slow' ? fault.what.latency : latency };
}
