import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { messageOf } from '../../../src/errors.ts';
import { Happenings } from '../happenings.ts';
import { type ReceivedSpan, readSpans } from './check-spans.ts';

/** A server that takes traces as OTLP over HTTP in JSON, and fails its test when they are not well-formed. */
export interface StandInCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  /** Every span that it took, in the order in which they came. */
  readonly spans: readonly ReceivedSpan[];
  /** Every request, refused ones too. */
  readonly requests: readonly { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** While it is set, requests are refused with this status. */
  refusal: number | undefined;
  /** While it is set, requests are taken and never answered. */
  isSilent: boolean;
  /** Resolves once so many requests came. */
  untilRequests(count: number): Promise<void>;
  /** The roots of traces. */
  roots(): ReceivedSpan[];
  /** What lies directly within a span, in the order in which it began. */
  childrenOf(span: ReceivedSpan): ReceivedSpan[];
}

/** Starts one for a test; gone with it. */
export async function startStandInCollector(): Promise<StandInCollector> {
  const spans: ReceivedSpan[] = [];
  const requests: { headers: IncomingHttpHeaders; body: string }[] = [];
  const violations: string[] = [];
  const happenings = new Happenings('stand-in collector');
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    happenings.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    if (violations.length > 0) throw new Error(`the collector would not take:\n${violations.join('\n')}`);
  });
  const collector: StandInCollector = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    refusal: undefined,
    isSilent: false,
    async untilRequests(count) {
      await happenings.until(() => requests.length >= count, `${count} requests`, 30_000);
    },
    roots: () => spans.filter(({ parentSpanId }) => parentSpanId === ''),
    childrenOf: ({ traceId, spanId }) =>
      spans
        .filter((span) => span.traceId === traceId && span.parentSpanId === spanId)
        .toSorted((a, b) => Number(a.start - b.start)),
  };
  return collector;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = '', url = '' } = request;
    const body = await text(request);
    requests.push({ headers, body });
    if (!collector.isSilent) response.setHeader('content-type', 'application/json');
    if (collector.refusal !== undefined) response.writeHead(collector.refusal).end('{}');
    else if (!collector.isSilent) accept(`${method} ${url}`, headers, body, response);
    happenings.note(`took ${body.length} characters`);
  }

  function accept(route: string, headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
    try {
      if (route !== 'POST /v1/traces') throw new Error(`there is no ${route}`);
      if (headers['content-type'] !== 'application/json') throw new Error('the content type is not JSON');
      spans.push(...readSpans(JSON.parse(body)));
      response.writeHead(200).end('{}');
    } catch (error) {
      violations.push(messageOf(error));
      response.writeHead(400).end('{}');
    }
  }
}
