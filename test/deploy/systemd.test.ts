import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseEnv } from 'dotenv';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { EXIT_CONFIG } from '../../src/errors.ts';
import { startCommand } from '../support/deploy/dockerfile.ts';
import { outsideTool } from '../support/deploy/outside-tool.ts';
import { ROOT } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const systemd = outsideTool('systemd-analyze', ['--version'], 'deploy/systemd/troupe.service');
const text = readFileSync(path.join(ROOT, 'deploy/systemd/troupe.service'), 'utf8');
const example = readFileSync(path.join(ROOT, 'deploy/systemd/troupe.env.example'), 'utf8');
const settings = parseEnv(example);

/** All values of a key of the unit, in order. */
const valuesOf = (key: string): string[] =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

it('starts what the image starts, with the Node that npm has installed, and no npm in between', () => {
  const [, ...words] = startCommand;
  expect(valuesOf('ExecStart')).toEqual([`/opt/troupe/node_modules/.bin/node ${words.join(' ')}`]);
  expect(valuesOf('WorkingDirectory')).toEqual(['/opt/troupe']);
  expect(valuesOf('Type')).toEqual(['exec']);
});

it('gives the host longer to stop than it takes', () => {
  const takes = Number(settings['SHUTDOWN_TIMEOUT']);
  expect(takes).toBe(Number(SETTINGS.SHUTDOWN_TIMEOUT.default));
  expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThanOrEqual(takes + 10);
  expect(valuesOf('KillSignal')).toEqual(['SIGTERM']);
});

it('starts it again after a crash for ever, also while its database is away, but not with a wrong setting', () => {
  expect(valuesOf('Restart')).toEqual(['always']);
  expect([valuesOf('StartLimitIntervalSec'), valuesOf('StartLimitBurst')]).toEqual([['0'], []]);
  expect(valuesOf('RestartPreventExitStatus')).toEqual([String(EXIT_CONFIG)]);
});

it('runs it as a user of its own that can write to its folders alone', () => {
  expect(valuesOf('User')).toEqual(['troupe']);
  expect(valuesOf('ProtectSystem')).toEqual(['strict']);
  expect([valuesOf('StateDirectory'), valuesOf('StateDirectoryMode')]).toEqual([['troupe'], ['0700']]);
  expect(valuesOf('LogsDirectory')).toEqual(['troupe']);
  for (const key of [
    'NoNewPrivileges',
    'PrivateTmp',
    'PrivateDevices',
    'ProtectHome',
    'ProtectKernelModules',
  ]) {
    expect(valuesOf(key), key).toEqual(['yes']);
  }
  expect([valuesOf('CapabilityBoundingSet'), valuesOf('AmbientCapabilities')]).toEqual([[''], ['']]);
  // V8 makes code at run time: it would not start.
  expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
});

it('reads settings that the host takes and that keep its state where it may write', () => {
  expect(valuesOf('EnvironmentFile')).toEqual(['/etc/troupe/troupe.env']);
  const { database, secretKey, hostIdFile } = loadConfig(settings);
  expect(database).toMatchObject({ provider: 'sqlite', file: '/var/lib/troupe/troupe.db' });
  expect([secretKey.file, hostIdFile]).toEqual(['/var/lib/troupe/secret.key', '/var/lib/troupe/host.id']);
  // systemd takes a # behind a value for a part of it.
  for (const line of example.split('\n')) expect(line).toMatch(/^(?:#.*|[A-Z_]+=\S*|)$/);
});

it('is a unit that systemd understands, and that it finds little exposed', async ({ skip }) => {
  if (systemd.missing !== undefined) skip(systemd.missing);
  const folder = await temporaryDirectory();
  const unit = path.join(folder, 'troupe.service');
  // It looks whether the program is there.
  await writeFile(unit, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  const { code, output } = systemd.run(['verify', unit], folder);
  expect(output.split('\n').filter((line) => line.includes('troupe.service'))).toEqual([]);
  expect(code, output).toBe(0);
  const exposure = systemd.run(['security', '--offline=true', '--threshold=20', '--no-pager', unit], folder);
  // Before systemd 250 it could not tell offline.
  if (!exposure.output.includes('unrecognized option')) expect(exposure.code, exposure.output).toBe(0);
});
