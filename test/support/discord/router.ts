import { createHash } from 'node:crypto';
import type { RestRequest } from './rest-request.ts';

/** What a handler answers; without a body it is 204. */
export interface Answer {
  status: number;
  body?: unknown;
}

/** Does what a request asks. The strings are the path's parts that stand for something, in order. */
export type Handler = (request: RestRequest, ...params: string[]) => Answer | Promise<Answer>;

/** One thing that can be asked for. */
export interface Route {
  method: string;
  /** Such as `/channels/:channel/messages`. */
  pattern: string;
  /** `bot` wants a bot's token; `none` carries its own, or needs none. */
  auth: 'bot' | 'none';
  handler: Handler;
}

/** A route with what is computed once. */
export interface RegisteredRoute extends Route {
  bucket: string;
  /** Whether the first part of the path that stands for something has a bucket of its own. */
  hasMajor: boolean;
}

interface Node {
  readonly fixed: Map<string, Node>;
  param: Node | undefined;
  readonly routes: Map<string, RegisteredRoute>;
}

/** A route that was found. */
export interface Match {
  route: RegisteredRoute;
  params: string[];
}

/** Finds routes by walking the parts of a path, whatever their number. */
export class Router {
  readonly #root = newNode();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  /** `undefined` when there is no such path, `405` when there is one without this method. */
  match(method: string, path: string): Match | 405 | undefined {
    const params: string[] = [];
    const node = walk(this.#root, path.split('/'), 1, params);
    if (!node) return undefined;
    const route = node.routes.get(method);
    return route ? { route, params } : 405;
  }

  #add(route: Route): void {
    let node = this.#root;
    for (const part of route.pattern.split('/').slice(1)) {
      if (part.startsWith(':')) {
        node = node.param ??= newNode();
      } else {
        const next = node.fixed.get(part) ?? newNode();
        node.fixed.set(part, next);
        node = next;
      }
    }
    const bucket = createHash('md5').update(`${route.method} ${route.pattern}`).digest('hex');
    const hasMajor = /^\/(channels|guilds|webhooks)\/:/.test(route.pattern);
    node.routes.set(route.method, { ...route, bucket, hasMajor });
  }
}

/** Handlers' usual answer. */
export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

/** The answer that says nothing. */
export const NO_CONTENT: Answer = { status: 204 };

function newNode(): Node {
  return { fixed: new Map(), param: undefined, routes: new Map() };
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A fixed part wins over one that stands for something, unless it leads nowhere. */
function walk(node: Node, parts: string[], at: number, params: string[]): Node | undefined {
  const part = parts[at];
  if (part === undefined) return node.routes.size > 0 ? node : undefined;
  const fixed = node.fixed.get(part);
  const found = fixed && walk(fixed, parts, at + 1, params);
  if (found || !node.param) return found;
  params.push(decode(part));
  const below = walk(node.param, parts, at + 1, params);
  if (!below) params.pop();
  return below;
}
