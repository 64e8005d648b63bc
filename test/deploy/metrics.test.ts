import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startBusyHost } from '../support/busy-host.ts';
import { groupedLabels, servedMetrics, usedMetrics } from '../support/metric-names.ts';
import { promtool, runPromtool } from '../support/deploy/promtool.ts';
import { ROOT } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** What Prometheus itself adds to each series. */
const ADDED = ['job', 'instance', 'le'];

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

const dashboard = JSON.parse(read('deploy/grafana/dashboards/troupe.json')) as Dashboard;
const { groups } = parse(read('deploy/prometheus/alerts.yml')) as {
  groups: { name: string; rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

const expressions = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `panel "${title}"`, expr })),
  ),
  ...dashboard.annotations.list.map(({ expr }) => ({ where: 'annotation', expr })),
  ...dashboard.templating.list.flatMap(({ name, definition }) =>
    definition === undefined ? [] : [{ where: `variable ${name}`, expr: definition }],
  ),
  ...rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
];

it('no panel, alert or variable asks for a metric or label that a running host does not serve', async () => {
  const { scrape } = await startBusyHost();
  const served = servedMetrics(await scrape());
  const labelsOf = (name: string): string[] => [...(served.get(name)?.labels ?? []), ...ADDED];
  const missing = expressions.flatMap(({ where, expr }) => {
    const used = usedMetrics(expr);
    if (used.length === 0 && !expr.startsWith('up{')) return [`${where} asks for nothing`];
    const labels = new Set(used.flatMap(({ name }) => labelsOf(name)));
    return [
      ...used.filter(({ name }) => !served.has(name)).map(({ name }) => `${where}: ${name}`),
      ...used.flatMap((one) =>
        one.labels
          .filter((label) => !labelsOf(one.name).includes(label))
          .map((label) => `${where}: ${one.name}{${label}}`),
      ),
      ...groupedLabels(expr)
        .filter((label) => !labels.has(label))
        .map((label) => `${where}: by (${label})`),
    ];
  });
  expect(missing).toEqual([]);
});

it('docs/observability.md has every metric of a host with its type and labels, and no other', async () => {
  const { scrape } = await startBusyHost();
  const text = await scrape();
  const served = servedMetrics(text);
  const section = /^## Metrics$[\s\S]*?^## /m.exec(read('docs/observability.md'))?.[0] ?? '';
  const rows = section.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]+?) +\|/gm);
  const documented = Array.from(rows, ([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label),
  }));
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => ({
    name,
    type: served.get(name)?.type,
    labels: [...(served.get(name)?.labels ?? [])].toSorted(),
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(documented.toSorted(byName)).toEqual(families.toSorted(byName));
  // Labels show in series alone: a metric without any would prove nothing.
  const silent = families.filter(({ name }) => !new RegExp(`^${name}(_count)?[{ ]`, 'm').test(text));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

describe('the dashboard', () => {
  it('says of each panel what it shows, has none twice and none over another', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { type, title, targets = [], datasource } of panels) {
      expect(title).not.toBe('');
      if (type === 'row') continue;
      expect(targets.length, title).toBeGreaterThan(0);
      expect(datasource?.uid).toBe('${datasource}');
    }
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      expect(a.x + a.w, title).toBeLessThanOrEqual(24);
      for (const { gridPos: b, title: other } of panels.slice(index + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, `"${title}" and "${other}"`).toBe(true);
      }
    }
  });

  it('has a row for each side of a host', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual([
      'Overview',
      'Bots',
      'Answers',
      'Providers and cost',
      "Discord's limits",
      'Database',
      'Process and capacity',
      'Incidents',
    ]);
  });

  it('is found by Grafana where the provisioning says, with its data source', () => {
    const provisioning = 'deploy/grafana/provisioning';
    const [provider] = (
      parse(read(`${provisioning}/dashboards/troupe.yml`)) as { providers: { options: { path: string } }[] }
    ).providers;
    expect(provider?.options.path).toBe('/var/lib/grafana/dashboards');
    expect(readdirSync(path.join(ROOT, 'deploy/grafana/dashboards'))).toEqual(['troupe.json']);
    const { datasources } = parse(read(`${provisioning}/datasources/prometheus.yml`)) as {
      datasources: { uid: string; type: string }[];
    };
    const chosen = dashboard.templating.list.find(({ name }) => name === 'datasource');
    expect(datasources).toMatchObject([{ type: 'prometheus', uid: 'prometheus' }]);
    expect(chosen).toMatchObject({ type: 'datasource', current: { value: datasources[0]?.uid } });
  });
});

describe('the alert rules', () => {
  it.each(rules)('$alert says what is wrong, what it means and what to do', ({ labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels.severity);
    for (const words of [annotations.summary, annotations.description, annotations.runbook]) {
      expect(words.length).toBeGreaterThan(10);
    }
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = annotations.runbook.matchAll(/npm run ([\w:]+)/g);
    for (const [, command = ''] of commands) expect(Object.keys(scripts)).toContain(command);
    const panels = /[Pp]anels? ("[^"]+"(?: and "[^"]+")?)/.exec(annotations.runbook)?.[1] ?? '';
    const titles = dashboard.panels.map(({ title }) => title.replace(/ \(p95\)$/, ''));
    for (const [, title = ''] of panels.matchAll(/"([^"]+)"/g)) expect(titles).toContain(title);
  });

  it('are those that Prometheus reads, and it asks the host where that listens', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      rule_files: string[];
      scrape_configs: { job_name: string; metrics_path: string; static_configs: { targets: string[] }[] }[];
    };
    expect(config.rule_files).toEqual(['alerts.yml']);
    expect(config.scrape_configs).toMatchObject([
      { job_name: 'troupe', metrics_path: '/metrics', static_configs: [{ targets: ['troupe:23459'] }] },
    ]);
  });
});

describe.skipIf(promtool === undefined)('promtool', () => {
  it('reads the rules and the configuration', () => {
    const said = runPromtool(['check', 'rules', 'deploy/prometheus/alerts.yml']);
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(runPromtool(['check', 'config', 'deploy/prometheus/prometheus.yml'])).toContain('SUCCESS');
  });

  it('finds nothing to say against the metrics of a host', async () => {
    const { scrape } = await startBusyHost();
    expect(runPromtool(['check', 'metrics'], await scrape())).toBe('');
  });

  it('can read every expression of the dashboard', async () => {
    const interval = (expr: string): string =>
      expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance|agent)/g, '.*');
    const queries = [
      ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => interval(expr))),
      ...dashboard.annotations.list.map(({ expr }) => interval(expr)),
    ];
    const group = {
      name: 'panels',
      rules: queries.map((expr, n) => ({ record: `panel:number:${n}`, expr })),
    };
    const file = path.join(await temporaryDirectory(), 'panels.json');
    writeFileSync(file, JSON.stringify({ groups: [group] }));
    expect(runPromtool(['check', 'rules', file])).toContain(`SUCCESS: ${queries.length} rules found`);
  });
});
