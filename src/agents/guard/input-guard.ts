import { foldText } from '../llm/fence.ts';
import { BUILT_IN_RULES, type GuardKind, type GuardRule, type GuardText } from './guard-rules.ts';

/** A text to scan. */
export interface GuardInput {
  /** Where it stands: `message`, `attachment`, … Goes into findings, so nothing that a user chose. */
  readonly source: string;
  readonly text: string;
}

/** A rule that matched a text. */
export interface Finding {
  /** The rule's name. */
  readonly rule: string;
  readonly source: string;
  readonly kind: GuardKind;
  /** Whether the question is not to be answered because of it. */
  readonly block: boolean;
}

/** Looks for prompt injection and leaked secrets in what users send. */
export interface InputGuard {
  /** What was found, at most once for each rule and input. */
  scan(inputs: readonly GuardInput[]): Finding[];
}

/** What a guard does, and which rules it has besides the built-in ones. */
export interface InputGuardOptions {
  /**
   * `block`: a finding blocks, unless its rule's action is `warn`. `warn`: it does not, unless its rule's action is
   * `block`.
   */
  readonly mode: 'warn' | 'block';
  /** Default: none. Of rules with the same name the last one counts. */
  readonly rules?: readonly GuardRule[];
}

/** Of a text, so many characters (UTF-16 units) are tried with patterns that did not come with the program. */
const MAX_FOR_EXTRA = 100_000;

/**
 * An input guard. It knows what is common, not all there is: what it finds is a hint, and what it does not is no proof.
 *
 * The built-in rules read a whole text in time proportional to its length. Patterns of extra rules are tried on the
 * first 100,000 characters; one with nested repetitions can take very long even so, and holds up the whole process.
 */
export function createInputGuard({ mode, rules = [] }: InputGuardOptions): InputGuard {
  const active = merge(rules);
  return {
    scan: (inputs) =>
      inputs.flatMap(({ source, text: written }) => {
        const text = { raw: written, folded: foldText(written).replace(/\s+/g, oneSpace) };
        return active
          .filter(({ matches }) => matches(text))
          .map(({ name, kind, action }) => ({
            rule: name,
            source,
            kind,
            block: mode === 'block' ? action !== 'warn' : action === 'block',
          }));
      }),
  };
}

interface ActiveRule extends Omit<GuardRule, 'pattern'> {
  readonly matches: (text: GuardText) => boolean;
}

/** The built-in rules and the extra ones, without those that are off. */
function merge(rules: readonly GuardRule[]): ActiveRule[] {
  const merged = new Map<string, ActiveRule>(BUILT_IN_RULES.map((rule) => [rule.name, rule]));
  for (const { name, kind, action, pattern } of rules) {
    const matches =
      pattern === undefined ? BUILT_IN_RULES.find((rule) => rule.name === name)?.matches : matcher(pattern);
    if (matches !== undefined) merged.set(name, { name, kind, action, matches });
  }
  return [...merged.values()].filter(({ action }) => action !== 'off');
}

function matcher(pattern: RegExp): (text: GuardText) => boolean {
  // `search` begins at the start, also with a pattern that remembers where it was.
  const finds = (text: string): boolean => text.slice(0, MAX_FOR_EXTRA).search(pattern) >= 0;
  return ({ raw, folded }) => finds(raw) || (folded !== raw && finds(folded));
}

function oneSpace(run: string): string {
  return run.includes('\n') ? '\n' : ' ';
}
