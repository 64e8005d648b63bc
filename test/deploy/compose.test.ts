import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse as parseEnv } from 'dotenv';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';
import { healthCommand } from '../support/deploy/dockerfile.ts';
import { ROOT } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Service {
  image: string;
  read_only?: boolean;
  restart?: string;
  user?: string;
  privileged?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  secrets?: (string | { source: string; target: string })[];
  volumes?: string[];
  tmpfs?: string[];
  ports?: string[];
  networks: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  deploy?: { resources: { limits: { memory: string } } };
}

const file = readFileSync(path.join(ROOT, 'compose.yaml'), 'utf8');
const compose = parse(file, { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, object>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const names = (secrets: Service['secrets'] = []) =>
  secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));

it('has the host, its database, and what watches them', () => {
  expect(Object.keys(compose.services)).toEqual(['troupe', 'postgres', 'prometheus', 'grafana']);
});

it.each(services)('gives %s no more than it needs', (_, service) => {
  expect(service).toMatchObject({
    read_only: true,
    restart: 'unless-stopped',
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
  expect(service.privileged).toBeUndefined();
  expect(service.deploy?.resources.limits.memory).toMatch(/^\d+[MG]$/);
  for (const volume of service.volumes ?? []) expect(volume).not.toContain('docker.sock');
});

it.each(services)('names the image of %s by a version', (_, { image }) => {
  expect(image).toMatch(/^[\w./-]+:v?\d+(?:\.\d+)+(?:-\w+)?$/);
});

it.each(services)('has a health check for %s that needs no shell', (_, { healthcheck }) => {
  expect(healthcheck?.test[0]).toBe('CMD');
});

it("asks the host as the image's own health check does", () => {
  expect(compose.services['troupe']?.healthcheck?.test).toEqual(['CMD', ...healthCommand]);
});

it('starts each only when what it depends on is healthy', () => {
  for (const [name, { depends_on: others = {} }] of services) {
    for (const [other, { condition }] of Object.entries(others)) {
      expect(condition, `${name} -> ${other}`).toBe('service_healthy');
      expect(compose.services).toHaveProperty(other);
    }
  }
  expect(Object.keys(compose.services['troupe']?.depends_on ?? {})).toEqual(['postgres']);
});

it.each(services)('writes no secret of %s down, but mounts it from a file', (_, service) => {
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    const isFile = name.endsWith('_FILE') && value.startsWith('/run/secrets/');
    const sounds = /key|token|secret|password|database_url/i.test(name);
    expect(!sounds || isFile, name).toBe(true);
    expect(value).not.toMatch(/:\/\/[^/]*:[^/]*@/);
    if (isFile) expect(names(service.secrets)).toContain(path.basename(value));
  }
  for (const name of names(service.secrets)) expect(compose.secrets).toHaveProperty(name);
});

it('reads every secret from the folder that is neither in git nor in the image', () => {
  const used = services.flatMap(([, { secrets }]) => names(secrets));
  expect(new Set(used)).toEqual(new Set(Object.keys(compose.secrets)));
  for (const secret of Object.values(compose.secrets)) expect(secret.file).toMatch(/^\.\/secrets\/[\w.]+$/);
  expect(readFileSync(path.join(ROOT, '.gitignore'), 'utf8').split('\n')).toContain('/secrets/');
});

it('lets only this machine in, and the database out nowhere', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  expect(ports).toEqual(['127.0.0.1:23459:23459', '127.0.0.1:9090:9090', '127.0.0.1:3000:3000']);
  expect(compose.services['postgres']?.networks).toEqual(['database']);
  expect(compose.networks['database']).toEqual({ internal: true });
  const used = services.flatMap(([, { networks }]) => networks);
  expect(new Set(used)).toEqual(new Set(Object.keys(compose.networks)));
});

it('keeps what has to last in volumes, and mounts only what is there', () => {
  const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));
  const named = mounted.map(([source = '']) => source).filter((source) => !source.startsWith('.'));
  expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
  for (const [source = '', , mode] of mounted.filter(([from = '']) => from.startsWith('.'))) {
    expect(mode, source).toBe('ro');
    expect(existsSync(path.join(ROOT, source)), source).toBe(true);
  }
  expect(compose.services['troupe']?.volumes).toEqual(['troupe-data:/app/data', 'troupe-logs:/app/logs']);
});

it('gives the host longer to stop than it takes', () => {
  const { environment = {}, stop_grace_period: grace = '' } = compose.services['troupe'] ?? {};
  expect(Number.parseInt(grace)).toBeGreaterThanOrEqual(Number(environment['SHUTDOWN_TIMEOUT']) + 10);
});

it.skipIf(process.platform === 'win32')(
  'makes its secrets once, such that the host takes them, and leaves them alone after that',
  async () => {
    const folder = path.join(await temporaryDirectory(), 'secrets');
    const make = () => execFileSync('sh', ['deploy/compose/make-secrets.sh', folder], { cwd: ROOT });
    make();
    const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
    const mode = (name: string) => statSync(path.join(folder, name)).mode & 0o777;
    const [env, password, grafana] = [
      read('troupe.env'),
      read('postgres_password'),
      read('grafana_password'),
    ];
    const config = loadConfig(parseEnv(env));
    expect(config.secretKey.key).toHaveLength(32);
    expect(config.database).toMatchObject({ provider: 'postgresql' });
    expect(new URL(config.database.url).password).toBe(password);
    expect(new URL(config.database.url).hostname).toBe('postgres');
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(grafana).not.toBe(password);
    expect([mode('.'), mode('troupe.env')]).toEqual([0o700, 0o600]);
    make();
    expect([read('troupe.env'), read('postgres_password'), read('grafana_password')]).toEqual([
      env,
      password,
      grafana,
    ]);
    for (const { file: secret } of Object.values(compose.secrets)) {
      expect(existsSync(path.join(folder, path.basename(secret))), secret).toBe(true);
    }
  },
);
