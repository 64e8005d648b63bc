import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { ROOT } from '../support/run-process.ts';

/** Words of other programs, in their own files and in ours. */
const OTHERS = [
  /^(?:POSTGRES|GF|AWS|TF|GOOGLE_APPLICATION)_/,
  // Capabilities and address families of Linux, architectures, an error's name, a command of systemd.
  /^(?:DAC_OVERRIDE|AF_\w+|X86_64|EX_CONFIG)$/,
];

/** Everything that says how Troupe is deployed, its pages included; not what is for Grafana and Prometheus. */
function deployedFiles(): string[] {
  const folders = ['deploy', 'docs/deploy'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(folder, name),
    ),
  );
  return ['Dockerfile', '.dockerignore', 'compose.yaml', ...folders].filter(
    (file) => statSync(path.join(ROOT, file)).isFile() && !/deploy\/(?:grafana|prometheus)\//.test(file),
  );
}

it.each(deployedFiles())('%s names no setting that the host does not know', (file) => {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const names = new Set(text.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g));
  const unknown = [...names].filter(
    (name) =>
      !ALL_SETTINGS.has(name) && !name.endsWith('_TOKEN') && !OTHERS.some((pattern) => pattern.test(name)),
  );
  expect(unknown).toEqual([]);
});
