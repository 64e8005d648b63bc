import { expect, it } from 'vitest';
import { AgentSeries } from '../../../src/observability/metrics/agent-series.ts';
import { exchangeMetrics } from '../../../src/observability/metrics/exchange-metrics.ts';
import { Meters } from '../../../src/observability/metrics/meters.ts';
import { readSamples } from '../../../src/observability/metrics/read-samples.ts';

it("writes Prometheus' text format", () => {
  const meters = new Meters();
  const calls = meters.counter<'agent'>('calls_total', 'Calls.');
  calls.add({ agent: 'Helper' });
  calls.add({ agent: 'Helper' }, 2);
  meters.gauge('up', 'Whether\nit is up.', (tell) => {
    tell(Infinity);
  });
  const took = meters.histogram<'phase'>('took_seconds', 'Time.', [0.1, 1]);
  for (const seconds of [0.1, 0.5, 7]) took.observe({ phase: 'model' }, seconds);
  expect(meters.scrape().body).toBe(
    `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{agent="Helper"} 3

# HELP up Whether\\nit is up.
# TYPE up gauge
up +Inf

# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{phase="model",le="0.1"} 1
took_seconds_bucket{phase="model",le="1"} 2
took_seconds_bucket{phase="model",le="+Inf"} 3
took_seconds_sum{phase="model"} 7.6
took_seconds_count{phase="model"} 3
`,
  );
});

it.each(['Quote "x"', 'back\\slash', 'two\nlines', 'brace}', '🦜 Parrot', '\\n'])(
  'reads back the name %j as it is, on one line',
  (agent) => {
    const meters = new Meters();
    meters.counter<'agent'>('calls_total', 'Calls.').add({ agent });
    const { body } = meters.scrape();
    expect(body.trim().split('\n').length).toBe(3);
    expect(readSamples(body)).toEqual([{ name: 'calls_total', labels: { agent }, value: 1 }]);
  },
);

it('keeps no more series than there are agents, however many come and go', () => {
  const meters = new Meters();
  const agents = new AgentSeries();
  const calls = agents.watch(meters.counter<'agent'>('calls_total', 'Calls.'));
  for (let n = 0; n < 1_000; n++) {
    agents.keep([{ id: String(n), name: `agent-${n}` }]);
    const agent = agents.nameOf(String(n));
    if (agent !== undefined) calls.add({ agent });
  }
  expect(readSamples(meters.scrape().body).map(({ labels }) => labels)).toEqual([{ agent: 'agent-999' }]);
  expect(agents.nameOf('998')).toBeUndefined();
});

it('begins the series of an agent at zero when it is taken over, once, and anew under another name', () => {
  const meters = new Meters();
  const agents = new AgentSeries();
  const calls = agents.watch(meters.counter<'agent'>('calls_total', 'Calls.'), (series, agent) => {
    series.begin({ agent });
  });
  const values = () =>
    readSamples(meters.scrape().body).map(({ labels, value }) => `${String(labels['agent'])} ${value}`);
  agents.keep([{ id: '1', name: 'Helper' }]);
  expect(values()).toEqual(['Helper 0']);
  calls.add({ agent: 'Helper' });
  agents.keep([
    { id: '1', name: 'Helper' },
    { id: '2', name: 'Parrot' },
  ]);
  expect(values()).toEqual(['Helper 1', 'Parrot 0']);
  agents.keep([{ id: '1', name: 'Servant' }]);
  expect(values()).toEqual(['Servant 0']);
});

it('lets nothing become a reason that is no code', () => {
  const meters = new Meters();
  const agents = new AgentSeries();
  agents.keep([{ id: '1', name: 'Helper' }]);
  const exchanges = exchangeMetrics(meters, agents);
  for (const reason of [undefined, 'model-idle', '81384788765712384', 'Error: sk-123', 'x'.repeat(60)]) {
    exchanges.ended('1', 'failed', reason);
  }
  const reasons = readSamples(meters.scrape().body).map(({ labels }) => labels['reason']);
  const known = new Set(reasons.filter((reason) => reason !== undefined));
  expect([...known].toSorted()).toEqual(['', 'model-idle', 'other']);
});
