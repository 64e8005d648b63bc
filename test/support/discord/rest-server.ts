import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, apiError } from './api-error.ts';
import type { Bot, RequestRecord } from './bot.ts';
import type { Core } from './core.ts';
import type { Fault } from './faults.ts';
import type { RateLimitSubject, RateLimitVerdict } from './rate-limits.ts';
import { NOTHING, readBody } from './rest-request.ts';
import type { RequestBody } from './rest-request.ts';
import { Router } from './router.ts';
import type { Answer, Match } from './router.ts';
import { routes } from './routes.ts';

/** A request on its way through the server. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  path: string;
  query: string;
  bot: Bot | undefined;
  body: RequestBody;
  record: RequestRecord;
}

/** The REST side: who asks, may they, how often, and what goes wrong on purpose. */
export class RestServer {
  readonly #core: Core;
  readonly #router = new Router(routes);

  constructor(core: Core) {
    this.#core = core;
  }

  /** Answers one request, whatever it is. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const [target, query] = split(request.url ?? '/');
    if (target.startsWith('/attachments/')) {
      this.#serveFile(target, response);
      return;
    }
    // Clients may write the @ of @me either way.
    const path = target.replace(/^\/api(\/v\d+)?/, '').replaceAll('%40', '@');
    const bot = this.#botOf(request);
    const record: RequestRecord = {
      at: this.#core.now(),
      method,
      path,
      route: path,
      status: 0,
      body: undefined,
    };
    const exchange: Exchange = { request, response, method, path, query, bot, body: NOTHING, record };
    try {
      await this.#route(exchange, target);
    } catch (error) {
      if (!(error instanceof ApiError) && !request.complete) {
        this.#core.happenings.note(`${method} ${path} was given up by its client`);
        return;
      }
      if (!(error instanceof ApiError)) this.#defect(exchange, error);
      const refusal = error instanceof ApiError ? error : new ApiError(500, 0, '500: Internal Server Error');
      this.#send(exchange, { status: refusal.status, body: refusal.body });
    }
  }

  async #route(exchange: Exchange, target: string): Promise<void> {
    const { request, method, path, record } = exchange;
    const match = this.#router.match(method, path);
    if (match === undefined || match === 405 || !/^\/api(\/v10)?\//.test(target)) {
      this.#core.violations.add(`The stand-in knows no route ${method} ${target}; add it if Discord has it.`);
      throw apiError(match === 405 ? 'methodNotAllowed' : 'notFound');
    }
    record.route = match.route.pattern;
    exchange.bot ??= this.#botByPath(match);
    exchange.bot?.requestLog.push(record);
    if (!request.headers['user-agent']?.startsWith('DiscordBot (')) {
      const agent = request.headers['user-agent'] ?? '(none)';
      this.#core.violations.add(
        `${method} ${path} came with the User-Agent "${agent}", not "DiscordBot (…)".`,
      );
    }
    if (method !== 'GET' && method !== 'DELETE') exchange.body = await readBody(request);
    record.body = exchange.body.json;
    const fault = this.#core.faults.meet(method, path, exchange.bot);
    if (fault) await this.#suffer(exchange, match, fault);
    else await this.#answer(exchange, match);
  }

  async #suffer(exchange: Exchange, match: Match, fault: Fault): Promise<void> {
    const { effect } = fault;
    const { bot } = exchange;
    this.#core.happenings.note(`${exchange.method} ${exchange.path} met a fault (${effect.type})`);
    if (effect.type === 'rate-limit') {
      const subject = bot && subjectOf(exchange, match, bot);
      if (!subject) throw new ApiError(429, 0, 'You are being rate limited.');
      this.#refuseRate(
        exchange,
        subject,
        this.#core.rateLimits.block(subject, effect.scope, effect.retryAfterMs),
      );
      return;
    }
    const done = effect.processed ? await this.#perform(exchange, match) : undefined;
    if (effect.type === 'slow') {
      await fault.hold(effect.ms);
      if (effect.then === 'answer') {
        if (done) this.#send(exchange, done);
        else await this.#answer(exchange, match);
        return;
      }
    }
    if (effect.type === 'fail') {
      const message = `${effect.status}: ${STATUS_CODES[effect.status] ?? 'Error'}`;
      this.#send(exchange, { status: effect.status, body: { message, code: 0 } });
    } else {
      this.#core.happenings.note(`${exchange.method} ${exchange.path} was dropped without an answer`);
      exchange.request.socket.destroy();
    }
  }

  async #answer(exchange: Exchange, match: Match): Promise<void> {
    const { bot } = exchange;
    if (match.route.auth === 'none' || !bot) {
      this.#send(exchange, await this.#perform(exchange, match));
      return;
    }
    const subject = subjectOf(exchange, match, bot);
    const verdict = this.#core.rateLimits.check(subject);
    if (verdict.refusal) this.#refuseRate(exchange, subject, verdict);
    else
      this.#send(
        exchange,
        await this.#perform(exchange, match),
        rateHeaders(subject, verdict, this.#core.now()),
      );
  }

  async #perform(exchange: Exchange, match: Match): Promise<Answer> {
    const { request, method, path, query, bot, body } = exchange;
    if (match.route.auth === 'bot' && !this.#botOf(request)) this.#refuseToken(exchange);
    try {
      return await match.route.handler(
        {
          core: this.#core,
          method,
          path,
          query: new URLSearchParams(query),
          body,
          get bot() {
            if (!bot) throw apiError('unauthorized');
            return bot;
          },
        },
        ...match.params,
      );
    } catch (error) {
      if (error instanceof ApiError) return { status: error.status, body: error.body };
      throw error;
    }
  }

  #send(exchange: Exchange, answer: Answer, headers: Record<string, string> = {}): void {
    const { response, record, bot, method, path } = exchange;
    record.status = answer.status;
    headers['date'] = new Date(this.#core.now()).toUTCString();
    const who = bot?.username ?? 'Somebody';
    this.#core.happenings.note(`${who}: ${method} ${path} was answered ${answer.status}`);
    if (answer.body === undefined) {
      response.writeHead(answer.status, headers).end();
      return;
    }
    const text = JSON.stringify(answer.body);
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(text));
    response.writeHead(answer.status, headers).end(text);
  }

  #refuseRate(exchange: Exchange, subject: RateLimitSubject, verdict: RateLimitVerdict): void {
    const { refusal, hammered } = verdict;
    if (!refusal) return;
    const { method, path } = exchange;
    if (hammered) {
      this.#core.violations.add(
        `${subject.bot.username} asked ${method} ${path} although a 429 told it to wait ${refusal.retryAfterMs} ms more.`,
      );
    }
    const seconds = Math.ceil(refusal.retryAfterMs) / 1_000;
    const global = refusal.scope === 'global';
    this.#send(
      exchange,
      { status: 429, body: { message: 'You are being rate limited.', retry_after: seconds, global } },
      {
        ...rateHeaders(subject, verdict, this.#core.now()),
        'retry-after': String(seconds),
        'x-ratelimit-scope': refusal.scope,
        ...(global && { 'x-ratelimit-global': 'true' }),
      },
    );
  }

  #refuseToken(exchange: Exchange): never {
    const { request, method, path } = exchange;
    const token = /^Bot (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) this.#core.world.refuse(token, `${method} ${path}`);
    throw apiError('unauthorized');
  }

  #botOf(request: IncomingMessage): Bot | undefined {
    const { authorization } = request.headers;
    return authorization?.startsWith('Bot ')
      ? this.#core.world.botsByToken.get(authorization.slice(4))
      : undefined;
  }

  /** Interactions carry no bot's token; their path tells whose they are. */
  #botByPath(match: Match): Bot | undefined {
    const [first = '', token = ''] = match.params;
    if (match.route.pattern.startsWith('/webhooks/')) return this.#core.world.botsByApplication.get(first);
    if (match.route.pattern.startsWith('/interactions/')) return this.#core.interactions.byToken(token)?.bot;
    return undefined;
  }

  #serveFile(target: string, response: ServerResponse): void {
    const file = this.#core.world.files.get(target.split('/')[3] ?? '');
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('This content is no longer available.');
      return;
    }
    response
      .writeHead(200, { 'content-type': file.contentType, 'content-length': file.data.byteLength })
      .end(file.data);
  }

  #defect(exchange: Exchange, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#core.violations.add(`The stand-in itself failed at ${exchange.method} ${exchange.path}: ${text}`);
  }
}

function split(url: string): [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

/** Routes with an allowance of their own. */
const KINDS: Readonly<Record<string, RateLimitSubject['kind']>> = {
  'POST /channels/:channel/messages': 'postMessage',
  'PATCH /channels/:channel/messages/:message': 'editMessage',
};

function subjectOf(exchange: Exchange, match: Match, bot: Bot): RateLimitSubject {
  const { bucket, hasMajor, pattern, method } = match.route;
  return {
    bot,
    bucket,
    major: hasMajor ? (match.params[0] ?? '') : '',
    kind: KINDS[`${method} ${pattern}`] ?? 'other',
    socket: exchange.request.socket,
  };
}

function rateHeaders(
  subject: RateLimitSubject,
  verdict: RateLimitVerdict,
  now: number,
): Record<string, string> {
  return {
    'x-ratelimit-limit': String(verdict.limit),
    'x-ratelimit-remaining': String(verdict.remaining),
    'x-ratelimit-reset': String(verdict.resetAt / 1_000),
    'x-ratelimit-reset-after': String(Math.max(0, verdict.resetAt - now) / 1_000),
    'x-ratelimit-bucket': subject.bucket,
  };
}
