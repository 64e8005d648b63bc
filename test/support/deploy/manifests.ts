import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** A Kubernetes object, as far as it is looked at here. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec?: Spec;
  readonly data?: Record<string, string>;
}

interface Spec {
  readonly [key: string]: unknown;
  readonly replicas?: number;
  readonly strategy?: { readonly type: string; readonly rollingUpdate?: Record<string, number> };
  readonly selector?: { readonly matchLabels?: Record<string, string> } & Record<string, unknown>;
  readonly podSelector?: { readonly matchLabels: Record<string, string> };
  readonly template?: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: PodSpec;
  };
}

interface PodSpec {
  readonly [key: string]: unknown;
  readonly containers: readonly Container[];
  readonly volumes?: readonly (Record<string, { claimName?: string }> & { readonly name: string })[];
  readonly terminationGracePeriodSeconds?: number;
  readonly serviceAccountName?: string;
  readonly securityContext?: Record<string, unknown>;
}

/** A container of a Pod. */
export interface Container {
  readonly [key: string]: unknown;
  readonly image: string;
  readonly env?: readonly { readonly name: string }[];
  readonly envFrom?: readonly Record<string, { readonly name: string }>[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: Record<string, Record<string, string>>;
  readonly securityContext?: Record<string, unknown>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** A probe over HTTP. */
export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

/** Every object in a text of YAML documents. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as Manifest;
  });
}

/** Every object in a file of YAML documents. */
export function readManifests(file: string): Manifest[] {
  return parseManifests(readFileSync(file, 'utf8'));
}

/** The one object of a kind with this name; the only one of its kind where none is said. */
export function find(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (each) => each.kind === kind && (name ?? each.metadata.name) === each.metadata.name,
  );
  const [one] = found;
  if (one === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return one;
}
