import type { Environment } from '../config/environment.ts';

/** A text after its variables were put in. */
export interface Expansion {
  /** The text; a variable that is not set left nothing in it. */
  readonly text: string;
  /** Whether anything came from a variable: then the text may be a secret. */
  readonly substituted: boolean;
  /** Each variable that is not set, once. */
  readonly missing: readonly string[];
  /** The first `${` that no variable's name and `}` follow, with what stands after it. */
  readonly malformed: string | undefined;
}

const REFERENCE = /\$\$\{|\$\{(?<name>[A-Za-z_]\w*)\}|\$\{[^}\n]{0,20}\}?/g;

/**
 * Puts variables into a text: `${NAME}` becomes the variable's value, `$${` a literal `${`.
 *
 * A value is put in as it is: what looks like a reference in it is not looked at again.
 */
export function expandVariables(text: string, variables: Environment): Expansion {
  const missing = new Set<string>();
  let malformed: string | undefined;
  let substituted = false;
  const expanded = text.replaceAll(REFERENCE, (reference, name: string | undefined) => {
    if (reference === '$${') return '${';
    if (name === undefined) {
      malformed ??= reference;
      return reference;
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) missing.add(name);
    else substituted = true;
    return value ?? '';
  });
  return { text: expanded, substituted, missing: [...missing], malformed };
}
