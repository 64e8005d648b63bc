import { onTestFinished, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { openTracing } from '../../src/observability/open-tracing.ts';
import { createRedactor } from '../../src/observability/redactor.ts';
import { inSpan, type Span } from '../../src/observability/tracing.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { startStandInCollector } from '../support/otel/stand-in-collector.ts';

/** Spans that are sent at once: OpenTelemetry waits for no more when it has so many. */
const BATCH = 512;

/** Tracing to a collector, with one secret that the redactor knows. */
async function setTracing(secret = 'correct horse battery') {
  const collector = await startStandInCollector();
  const logger = collectingLogger();
  const redactor = createRedactor();
  redactor.add(secret);
  const settings = {
    endpoint: `${collector.endpoint}/v1/traces`,
    headers: { authorization: 'Custom hunter2hunter2', tenant: 'production' },
    resource: { 'service.name': 'troupe', note: secret },
    ratio: 1,
  };
  const tracing = await openTracing(settings, { logger, redactor });
  onTestFinished(() => tracing.stop(0));
  const begin = (name: string): Span => {
    const span = tracing.tracer.begin(name);
    if (span === undefined) throw new Error('it is not recorded');
    return span;
  };
  const batch = (): void => {
    for (let count = 0; count < BATCH; count++) begin('one of many').end();
  };
  return { collector, logger, redactor, begin, batch, stop: () => tracing.stop(5_000) };
}

describe('a span', () => {
  it('lies within the one that it was begun in, and may outlive it', async () => {
    const { collector, begin, stop } = await setTracing();
    const root = begin('root');
    const middle = root.child('middle', { kind: 'client', attributes: { count: 2, words: ['a', 'b'] } });
    root.end();
    middle.child('leaf').end();
    middle.end();
    await stop();
    const [found] = collector.roots();
    if (found === undefined) throw new Error('there is no root');
    const [below] = collector.childrenOf(found);
    expect(below).toMatchObject({
      name: 'middle',
      kind: 'client',
      attributes: { count: 2, words: ['a', 'b'] },
    });
    expect(below && collector.childrenOf(below)).toMatchObject([{ name: 'leaf', kind: 'internal' }]);
    expect(root.logFields).toEqual({ trace_id: found.traceId, span_id: found.spanId });
  });

  it('fails as the work in it does, which nobody but the caller has to catch', async () => {
    const { collector, begin, stop } = await setTracing();
    const root = begin('root');
    const error = new InputError('the cue was missed');
    await expect(inSpan(root, 'work', {}, () => Promise.reject(error))).rejects.toBe(error);
    await stop();
    expect(collector.spans).toMatchObject([
      {
        name: 'work',
        status: { code: 2, message: 'the cue was missed' },
        attributes: { 'error.type': 'InputError' },
      },
    ]);
  });

  it('shows no secret, wherever it stands, and of what others threw the class alone', async () => {
    const secret = 'correct horse battery';
    const { collector, begin, stop } = await setTracing(secret);
    const span = begin(`a ${secret}`);
    span.set({ [`named`]: `b ${secret}`, list: [`c ${secret}`] });
    const cause = new InputError(`d ${secret}`, { cause: new TypeError('what a user wrote') });
    span.fail(new InputError(`e ${secret}, sk-ant-0123456789abcdefghij`, { cause }));
    span.child('sent to http://user:password@example.com/').end();
    span.end();
    await stop();
    const failed = collector.roots()[0];
    expect(failed?.status.message).toBe('e [redacted], [redacted]: d [redacted]: TypeError');
    const sent = collector.requests.map(({ body }) => body).join('\n');
    for (const word of [secret, 'sk-ant-', 'user:password', 'a user wrote']) expect(sent).not.toContain(word);
  });

  it('shows no part of a secret that stands where a long error is cut', async () => {
    const secret = 'correct horse battery';
    const { collector, begin, stop } = await setTracing(secret);
    const span = begin('exchange');
    span.fail(new InputError(`${'x'.repeat(489)} ${secret}`));
    span.end();
    await stop();
    expect(collector.roots()[0]?.status.message).toBe(`${'x'.repeat(489)} [redacted]`);
  });
});

describe('the collector', () => {
  it('is told of once when it refuses, and once when it takes spans again', async () => {
    const { collector, logger, batch } = await setTracing();
    collector.refusal = 400;
    for (let sent = 1; sent <= 3; sent++) {
      batch();
      await collector.untilRequests(sent);
      await expect.poll(() => logger.lines).toHaveLength(1);
    }
    collector.refusal = undefined;
    batch();
    await expect.poll(() => logger.lines).toHaveLength(2);
    expect(logger.lines).toMatchObject([
      {
        level: 'warn',
        text: expect.stringContaining('do not reach') as string,
        endpoint: `${collector.endpoint}/v1/traces`,
      },
      { level: 'info', text: expect.stringContaining('again') as string, lost: 3 * BATCH },
    ]);
    expect(collector.spans).toHaveLength(BATCH);
  });

  it('has its key masked in every log line', async () => {
    const { redactor } = await setTracing();
    expect(redactor.redact('it was hunter2hunter2 in production')).toBe('it was [redacted] in production');
  });

  it('that never answers holds up no span, and costs no more than a bounded queue', async () => {
    const { collector, batch } = await setTracing();
    collector.isSilent = true;
    for (let count = 0; count < 10; count++) batch();
    await collector.untilRequests(1);
    expect(collector.requests).toHaveLength(1);
  });
});
