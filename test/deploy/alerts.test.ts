import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { find, readManifests } from '../support/deploy/manifests.ts';
import { promtool, runPromtool } from '../support/deploy/promtool.ts';
import { ROOT } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const RULES = path.join(ROOT, 'deploy/prometheus/alerts.yml');
const DEPLOYMENT = path.join(ROOT, 'deploy/kubernetes/base/deployment.yaml');
const KNOWN = [...readFileSync(RULES, 'utf8').matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);

/** A target of a job that was not named after us. */
const POD = 'job="pods",instance="troupe-0"';

/** The series of a host that is well, each minute: value and step as promtool writes them. */
const WELL: Readonly<Record<string, string>> = {
  [`up{${POD}}`]: '1+0x120',
  [`troupe_bots_max{${POD}}`]: '50+0x120',
  [`troupe_scheduler_last_sync_timestamp_seconds{${POD}}`]: '1+60x120',
};

/** Which alerts fire after an hour, of all that there are: promtool expects none, and names those that do. */
async function firing(series: Readonly<Record<string, string>>): Promise<string[]> {
  const file = path.join(await temporaryDirectory(), 'test.yml');
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: KNOWN.map((alertname) => ({ eval_time: '1h', alertname, exp_alerts: [] })),
  };
  writeFileSync(file, stringify({ rule_files: [RULES], tests: [test] }));
  try {
    runPromtool(['test', 'rules', file]);
    return [];
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr);
    const names = [...said.matchAll(/^ *alertname: (\w+), time: 1h/gm)].map(([, name = '']) => name);
    if (names.length === 0) throw error;
    return names;
  }
}

it.skipIf(promtool === undefined).each([
  { what: 'nothing of a host that is well', series: WELL, alerts: [] },
  {
    what: 'a host that does not answer, whatever its job is called',
    series: {
      [`up{${POD}}`]: '1+0x10 0+0x110',
      [`troupe_bots_max{${POD}}`]: '50+0x10 _x110',
      'troupe_bots_max{job="pods",instance="troupe-1"}': '50+0x120',
      'up{job="pods",instance="other"}': '0+0x120',
    },
    alerts: ['TroupeHostDown'],
  },
  {
    what: 'a host that never answered, of a job of our name',
    series: { ...WELL, 'up{job="troupe",instance="troupe:23459"}': '0+0x120' },
    alerts: ['TroupeHostDown'],
  },
  {
    what: 'that there is no host any more, where its target went with it',
    series: { 'troupe_bots_max{job="pods",instance="troupe-0"}': '50+0x10 _x110' },
    alerts: ['TroupeNoHost'],
  },
  {
    what: 'a provider that is left alone again and again, while it is asked',
    series: {
      ...WELL,
      [`troupe_provider_circuits{${POD},provider="openai",state="open"}`]: `0+0x49 ${'1 1 0 '.repeat(24)}`,
    },
    alerts: ['TroupeProviderLeftAlone'],
  },
  {
    what: 'nothing of one that was left alone once, and that nobody asks since',
    series: {
      ...WELL,
      [`troupe_provider_circuits{${POD},provider="openai",state="open"}`]: '0+0x55 1 1 0+0x62',
      [`troupe_provider_circuits{${POD},provider="openai",state="half-open"}`]: '0+0x57 1+0x62',
    },
    alerts: [],
  },
  {
    what: 'an event loop that is late, of a host and of nothing else',
    series: {
      ...WELL,
      [`nodejs_eventloop_lag_p99_seconds{${POD}}`]: '1+0x120',
      'nodejs_eventloop_lag_p99_seconds{job="pods",instance="other"}': '1+0x120',
    },
    alerts: ['TroupeEventLoopLate'],
  },
  {
    what: 'a scheduler that stands still',
    series: { ...WELL, [`troupe_scheduler_last_sync_timestamp_seconds{${POD}}`]: '60+0x120' },
    alerts: ['TroupeSchedulerStuck'],
  },
  {
    what: 'a scheduler that never ran, and not that it stands still since 1970',
    series: { ...WELL, [`troupe_scheduler_last_sync_timestamp_seconds{${POD}}`]: '0+0x120' },
    alerts: ['TroupeSchedulerNeverRan'],
  },
  {
    what: 'an agent without a place, and not that its bot is away',
    series: {
      ...WELL,
      [`troupe_bots{${POD},state="ready"}`]: '50+0x120',
      [`troupe_bots{${POD},state="left-out"}`]: '1+0x120',
      [`troupe_bot_state{${POD},agent="Parrot",state="left-out"}`]: '1+0x120',
    },
    alerts: ['TroupeBotLeftOut'],
  },
  {
    what: 'bots that are all parked',
    series: {
      ...WELL,
      [`troupe_bots{${POD},state="ready"}`]: '0+0x120',
      [`troupe_bots{${POD},state="parked"}`]: '1+0x120',
      [`troupe_bot_state{${POD},agent="Parrot",state="parked"}`]: '1+0x120',
    },
    alerts: ['TroupeNoBotConnected', 'TroupeBotParked'],
  },
  {
    what: 'a key that was refused once before the first scrape, and none that never was',
    series: {
      ...WELL,
      [`troupe_provider_errors_total{${POD},provider="openai",kind="bad-key"}`]: '_x55 1+0x60',
      [`troupe_provider_errors_total{${POD},provider="xai",kind="bad-key"}`]: '_x55 0+0x60',
    },
    alerts: ['TroupeProviderRefuses'],
  },
  {
    what: 'no key of a host that has just started',
    series: {
      ...WELL,
      [`troupe_provider_errors_total{${POD},provider="xai",kind="bad-key"}`]: '_x55 0+0x60',
    },
    alerts: [],
  },
])('the rules tell $what', async ({ series, alerts }) => {
  expect(await firing(series)).toEqual(alerts);
});

it('the page on Kubernetes has a job that finds the hosts, under the name that the rules know', async () => {
  const page = readFileSync(path.join(ROOT, 'docs/deploy/kubernetes.md'), 'utf8');
  const block = /^```yaml\n(- job_name: [\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  const [job] = parse(block) as [
    { job_name: string; kubernetes_sd_configs: unknown; relabel_configs: { regex?: string }[] },
  ];
  const { spec } = find(readManifests(DEPLOYMENT), 'Deployment');
  const port = spec?.template?.spec.containers[0]?.ports?.[0]?.name;
  expect(job.job_name).toBe('troupe');
  expect(job.relabel_configs[0]?.regex).toBe(
    `${String(spec?.template?.metadata.labels['app.kubernetes.io/name'])};${String(port)}`,
  );
  if (promtool === undefined) return;
  // Debian's is built without the discovery itself.
  const file = path.join(await temporaryDirectory(), 'prometheus.yml');
  writeFileSync(file, stringify({ scrape_configs: [{ ...job, kubernetes_sd_configs: undefined }] }));
  expect(runPromtool(['check', 'config', file])).toContain('SUCCESS');
});
