import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseEnv } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import {
  type Container,
  find,
  type Manifest,
  parseManifests,
  type Probe,
  readManifests,
} from '../support/deploy/manifests.ts';
import { outsideTool } from '../support/deploy/outside-tool.ts';
import { ROOT } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const FOLDER = path.join(ROOT, 'deploy/kubernetes');
const BASE = path.join(FOLDER, 'base');
const kubectl = outsideTool('kubectl', ['version', '--client'], 'what Kustomize makes of deploy/kubernetes');

/** The newest versions of the kinds that are used; each is stable. */
const API_VERSIONS: Readonly<Record<string, string>> = {
  ConfigMap: 'v1',
  Deployment: 'apps/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PersistentVolumeClaim: 'v1',
  PodDisruptionBudget: 'policy/v1',
  Secret: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
};

interface Kustomization {
  resources: string[];
  configMapGenerator: { name: string; literals: string[] }[];
}

const readKustomization = (folder: string) =>
  parse(readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;

const baseSettings = Object.fromEntries(
  (readKustomization(BASE).configMapGenerator[0]?.literals ?? []).map((literal) => literal.split('=')),
) as Record<string, string>;

/** The base as Kustomize puts it together, with the Secret that an overlay brings. */
function readBase(): Manifest[] {
  const { resources } = readKustomization(BASE);
  const generated = { apiVersion: 'v1', metadata: { name: 'troupe' } };
  return [
    ...resources.flatMap((file) => readManifests(path.join(BASE, file))),
    { ...generated, kind: 'ConfigMap', data: baseSettings },
    { ...generated, kind: 'Secret', data: { SECRET_KEY: '' } },
  ];
}

/** An overlay as Kustomize puts it together, with the secrets of its example. */
async function build(overlay: string): Promise<Manifest[]> {
  const copy = await temporaryDirectory();
  cpSync(FOLDER, copy, { recursive: true });
  for (const name of ['sqlite-single', 'postgres']) {
    const folder = path.join(copy, 'overlays', name);
    cpSync(path.join(folder, 'secrets.env.example'), path.join(folder, 'secrets.env'));
  }
  const { code, stdout, output } = kubectl.run(['kustomize', path.join(copy, 'overlays', overlay)], copy);
  if (code !== 0) throw new Error(output);
  // A warning is of what the next version of Kustomize drops.
  expect(output).toBe(stdout);
  return parseManifests(stdout);
}

function podOf(manifests: readonly Manifest[]) {
  const { spec } = find(manifests, 'Deployment');
  if (spec?.template === undefined) throw new Error('a Deployment without a template');
  const [container] = spec.template.spec.containers;
  if (container === undefined) throw new Error('a Pod without a container');
  return { deployment: spec, template: spec.template, pod: spec.template.spec, container };
}

/** What has to hold for the base, and for everything that is made of it. */
function expectInOrder(manifests: readonly Manifest[]): void {
  for (const { apiVersion, kind, metadata } of manifests) {
    expect(apiVersion, `${kind} ${metadata.name}`).toBe(API_VERSIONS[kind]);
  }
  const { template, pod, container } = podOf(manifests);
  expect(pod.containers).toHaveLength(1);
  expectSelected(manifests, template.metadata.labels);
  expectHardened(pod, container);
  expectProbed(container);
  expectReferences(manifests, container);
  const mounts = new Map((container.volumeMounts ?? []).map((mount) => [mount.mountPath, mount.name]));
  expect([...mounts.keys()]).toEqual(['/app/data', '/app/logs', '/tmp']);
  expect(new Set(mounts.values())).toEqual(new Set(pod.volumes?.map(({ name }) => name)));
}

function expectSelected(manifests: readonly Manifest[], labels: Record<string, string>): void {
  const { spec } = find(manifests, 'Deployment');
  const budget = find(manifests, 'PodDisruptionBudget').spec;
  const selectors = [
    spec?.selector?.matchLabels,
    budget?.selector?.matchLabels,
    find(manifests, 'Service').spec?.selector as Record<string, string> | undefined,
    ...manifests
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map((each) => each.spec?.podSelector?.matchLabels),
  ];
  for (const selector of selectors) {
    expect(selector).toEqual({ 'app.kubernetes.io/name': 'troupe' });
    expect(labels).toMatchObject(selector ?? {});
  }
  expect(budget).toMatchObject({ maxUnavailable: 1 });
}

function expectHardened(pod: ReturnType<typeof podOf>['pod'], container: Container): void {
  expect(pod).toMatchObject({
    serviceAccountName: 'troupe',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container.resources).toMatchObject({
    requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
    limits: { memory: expect.any(String) as string },
  });
  expect(container.image).toMatch(/^[\w./-]+:\d+\.\d+\.\d+$/);
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(name);
}

function expectProbed(container: Container): void {
  const [port] = container.ports ?? [];
  expect(port).toEqual({ name: 'http', containerPort: Number(SETTINGS.HTTP_PORT.default) });
  const probes = container as unknown as Record<`${'startup' | 'liveness' | 'readiness'}Probe`, Probe>;
  expect(probes.startupProbe.httpGet).toEqual({ path: '/liveness', port: 'http' });
  expect(probes.livenessProbe.httpGet).toEqual({ path: '/liveness', port: 'http' });
  expect(probes.readinessProbe.httpGet).toEqual({ path: '/readiness', port: 'http' });
  const { periodSeconds, failureThreshold } = probes.startupProbe;
  expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(300);
}

function expectReferences(manifests: readonly Manifest[], container: Container): void {
  const references = (container.envFrom ?? []).flatMap((source) => Object.entries(source));
  expect(references.map(([kind]) => kind)).toEqual(['configMapRef', 'secretRef']);
  for (const [kind, { name }] of references) {
    find(manifests, kind === 'configMapRef' ? 'ConfigMap' : 'Secret', name);
  }
  expect(find(manifests, 'ServiceAccount').metadata.name).toBe('troupe');
}

describe('the base', () => {
  it('holds what Kubernetes needs, hardened, probed, and with everything that it refers to', () => {
    expectInOrder(readBase());
  });

  it('names every file that is in its folder', () => {
    const files = readdirSync(BASE).filter((name) => name !== 'kustomization.yaml');
    expect(new Set(readKustomization(BASE).resources)).toEqual(new Set(files));
  });

  it('gives the host longer to stop than it takes', () => {
    const { pod } = podOf(readBase());
    const takes = Number(baseSettings['SHUTDOWN_TIMEOUT']);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(takes + 10);
  });

  it('runs one host, never two versions at once', () => {
    const { deployment } = podOf(readBase());
    expect(deployment).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('has settings that the host takes, and no secret among them', () => {
    expect(() => loadConfig(baseSettings)).not.toThrow();
    for (const name of Object.keys(baseSettings)) {
      expect(SETTINGS).toHaveProperty(name);
      expect(SETTINGS[name as keyof typeof SETTINGS]).not.toHaveProperty('secret');
    }
  });

  it('is the version of the package', () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(podOf(readBase()).container.image).toBe(`troupe:${version}`);
  });

  it('lets nobody in but those who watch, and out to nothing private but for names', () => {
    const { spec } = find(readBase(), 'NetworkPolicy');
    expect(spec?.['policyTypes']).toEqual(['Ingress', 'Egress']);
    const ingress = JSON.stringify(spec?.['ingress']);
    expect(ingress).toContain('monitoring');
    expect(ingress).not.toContain('ipBlock');
    const wide = (spec?.['egress'] as { to: { ipBlock?: { cidr: string; except?: string[] } }[] }[])
      .flatMap(({ to }) => to)
      .filter(({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0');
    expect(wide[0]?.ipBlock?.except).toEqual(
      expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']),
    );
  });
});

describe('the overlays', () => {
  it.each(['sqlite-single', 'postgres'])('do not start with the placeholders of %s', (overlay) => {
    const file = path.join(FOLDER, 'overlays', overlay, 'secrets.env.example');
    const example = parseEnv(readFileSync(file, 'utf8'));
    expect(() => loadConfig(example)).toThrow(/SECRET_KEY/);
    expect(() =>
      loadConfig({ ...example, SECRET_KEY: Buffer.alloc(32, 7).toString('base64') }),
    ).not.toThrow();
  });

  const overlays = ['sqlite-single', 'postgres', 'several-hosts'];
  it.for(overlays)('%s is built and in order', async (overlay, { skip }) => {
    if (kubectl.missing !== undefined) skip(kubectl.missing);
    const manifests = await build(overlay);
    expectInOrder(manifests);
    expect(podOf(manifests).container.image).toMatch(/^registry\.example\.com\/troupe:/);
    for (const { metadata } of manifests) expect(metadata).toHaveProperty('namespace', 'troupe');
  });

  it('sqlite-single keeps its data on a volume that is claimed', async ({ skip }) => {
    if (kubectl.missing !== undefined) skip(kubectl.missing);
    const manifests = await build('sqlite-single');
    const claim = find(manifests, 'PersistentVolumeClaim');
    const [data] = podOf(manifests).pod.volumes ?? [];
    expect(data).toEqual({ name: 'data', persistentVolumeClaim: { claimName: claim.metadata.name } });
    expect(claim.spec).toMatchObject({ accessModes: ['ReadWriteOnce'] });
    expect(podOf(manifests).deployment).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('postgres reaches its database', async ({ skip }) => {
    if (kubectl.missing !== undefined) skip(kubectl.missing);
    const manifests = await build('postgres');
    const policy = find(manifests, 'NetworkPolicy', 'troupe-database');
    expect(JSON.stringify(policy.spec?.['egress'])).toContain('"port":5432');
    const secret = find(manifests, 'Secret');
    expect(Object.keys(secret.data ?? {})).toEqual(expect.arrayContaining(['DATABASE_URL', 'SECRET_KEY']));
  });

  it('several-hosts starts a new host before it stops an old one, each with an id of its own', async ({
    skip,
  }) => {
    if (kubectl.missing !== undefined) skip(kubectl.missing);
    const manifests = await build('several-hosts');
    const { deployment, pod } = podOf(manifests);
    expect(deployment.replicas).toBeGreaterThan(1);
    expect(deployment.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(pod.volumes?.[0]).toMatchObject({ name: 'data', emptyDir: {} });
    const settings = find(manifests, 'ConfigMap').data ?? {};
    expect(settings['HOST_ID_FILE']).toMatch(/^\/app\/data\//);
    expect(find(manifests, 'Secret').data).toHaveProperty('SECRET_KEY');
  });
});
