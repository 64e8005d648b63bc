import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../observability/logger.ts';

/** What one path that needs no login answers. */
export interface ProbeAnswer {
  readonly status: number;
  /** Default: JSON. */
  readonly contentType?: string;
  /** Others that it has. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers one path that needs no login, and tells nothing secret. */
export type Probe = () => ProbeAnswer | Promise<ProbeAnswer>;

/** Where there is nothing. */
export const NOTHING: ProbeAnswer = { status: 404, body: '{"message":"there is nothing here"}\n' };
const ONLY_READ: ProbeAnswer = {
  status: 405,
  headers: { allow: 'GET, HEAD' },
  body: '{"message":"only GET and HEAD"}\n',
};
/** For a defect: the log has the rest. */
export const BROKEN: ProbeAnswer = {
  status: 500,
  body: '{"message":"it does not work; the log says why"}\n',
};

/** Without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** Answers by a probe, whose defects are logged. */
export async function answerProbe(
  request: IncomingMessage,
  response: ServerResponse,
  probe: Probe,
  logger: Logger,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(request, response, ONLY_READ);
    return;
  }
  try {
    send(request, response, await probe());
  } catch (error) {
    logger.error('a probe failed', { path: pathOf(request), error });
    send(request, response, BROKEN);
  }
}

/** Gives an answer. */
export function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, contentType = 'application/json', headers, body }: ProbeAnswer,
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : body);
}
