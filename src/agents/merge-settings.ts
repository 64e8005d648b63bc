import type { AgentSettings } from './check-definition.ts';
import { type InputProblem, ProblemsError } from './input-problems.ts';
import { labelOf } from './issue-words.ts';
import { namesSecret, variableReference } from './secret-settings.ts';
import { withoutSecrets } from './show-value.ts';
import { REDACTED } from '../observability/secret-shapes.ts';

type Tree = Readonly<Record<string, unknown>>;

/** What decides where a secret beside it is sent. */
const DESTINATION = ['provider', 'base_url'] as const;

/**
 * An agent's settings under a change, as JSON Merge Patch (RFC 7396) has it: what is not named stays, `null` brings the
 * default back, lists are replaced. A secret that comes back masked, as it is shown, stays what it is stored as. With
 * another type the config begins anew.
 *
 * @param stored - with its secrets in the open
 * @throws {ProblemsError} when a stored secret would be sent elsewhere than before: whoever may change an agent must not
 * learn its keys that way. It has to be given again then.
 */
export function mergeSettings(stored: AgentSettings, change: AgentSettings): AgentSettings {
  const { type } = change;
  const isOther = type !== undefined && (type ?? 'echo') !== (stored['type'] ?? 'echo');
  const before = isOther ? { ...stored, config: {} } : stored;
  const merged = mergeMap(before, change);
  const problems = diverted(before['config'], change['config'], merged['config'], ['config']);
  if (problems.length > 0) throw new ProblemsError(problems);
  return merged;
}

/** Where these settings name a variable of the host in a secret's place that the earlier ones do not name. */
export function newReferences(settings: AgentSettings, earlier: AgentSettings = {}): string[] {
  const known = new Set([...references(earlier['config'], 'config')].map(([, reference]) => reference));
  return [...references(settings['config'], 'config')]
    .filter(([, reference]) => !known.has(reference))
    .map(([path]) => path);
}

/**
 * Refuses a masked secret in whose place nothing is stored.
 *
 * @throws {ProblemsError}
 */
export function refuseMasked(settings: AgentSettings): void {
  const problems = [...secretTexts(settings['config'], 'config')]
    .filter(([, text]) => text === REDACTED)
    .map(([path]) => ({ path, message: 'is masked, and there is no stored secret to keep here' }));
  if (problems.length > 0) throw new ProblemsError(problems);
}

function mergeMap(stored: Tree, change: Tree): Tree {
  const merged: Record<string, unknown> = { ...stored };
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) continue;
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = mergeValue(valueAt(stored, key), value, key);
  }
  return merged;
}

function mergeValue(stored: unknown, value: unknown, key: string): unknown {
  if (isMasked(stored, value, key)) return stored;
  if (isMap(value)) return mergeMap(isMap(stored) ? stored : {}, value);
  if (!Array.isArray(value)) return value;
  const before: readonly unknown[] = Array.isArray(stored) ? stored : [];
  return value.map((item, index) => unmask(before[index], item, ''));
}

/** What is replaced as a whole, with the stored secrets where it has masked ones. */
function unmask(stored: unknown, value: unknown, key: string): unknown {
  if (isMasked(stored, value, key)) return stored;
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, unmask(valueAt(stored, name), inner, name)]),
  );
}

/** Whether this is how the stored text is shown, and not the text itself. */
function isMasked(stored: unknown, value: unknown, key: string): boolean {
  return typeof stored === 'string' && value !== stored && value === withoutSecrets(stored, key);
}

/** The stored secrets that stand beside another destination now, and were not given again. */
function diverted(
  stored: unknown,
  change: unknown,
  merged: unknown,
  path: readonly PropertyKey[],
): InputProblem[] {
  if (Array.isArray(merged)) {
    return merged.flatMap((item, index) =>
      diverted(itemAt(stored, index), itemAt(change, index), item, [...path, index]),
    );
  }
  if (!isMap(merged) || !isMap(stored)) return [];
  const moved = DESTINATION.filter((key) => valueAt(stored, key) !== merged[key]);
  return Object.entries(merged).flatMap(([key, value]) => {
    const before = valueAt(stored, key);
    const given = valueAt(change, key);
    if (typeof value !== 'string' || !namesSecret(key)) {
      return diverted(before, given, value, [...path, key]);
    }
    const isKept = value === before && given !== value;
    if (!isKept || moved.length === 0) return [];
    const message = `must be given again when ${moved.join(' and ')} changes: a stored key goes nowhere else than before`;
    return [{ path: labelOf('', [...path, key]), message }];
  });
}

function* references(value: unknown, path: string): Generator<[string, string]> {
  for (const [at, text] of secretTexts(value, path)) {
    if (variableReference(text) !== undefined) yield [at, text];
  }
}

/** Every text in a secret's place, with where that is. */
function* secretTexts(value: unknown, path: string, isSecret = false): Generator<[string, string]> {
  if (typeof value === 'string' && isSecret) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* secretTexts(inner, `${path}.${key}`, isSecret || namesSecret(key));
  }
}

function isMap(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, key: string): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function itemAt(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value as readonly unknown[])[index] : undefined;
}
