import { isAlias, isScalar, type Node, type Scalar } from 'yaml';
import type { FileProblem } from './file-problem.ts';
import type { FileReport } from './file-report.ts';
import { offsetOf } from './yaml-map.ts';
import { NO_ALIASES, type YamlValues } from './yaml-value.ts';

/** That a file names a token which is not there. */
export interface UnsetToken {
  /** Why, such as `ANN_TOKEN is not set`. */
  readonly why: string;
  /** What was said about it. */
  readonly warning: FileProblem;
}

/** What a file says about an agent's token. */
export interface ParsedToken {
  /** Undefined when there is none: it is left out, empty, wrong, or its variable is not set. */
  readonly token: string | undefined;
  readonly tokenUnset: UnsetToken | undefined;
}

/** What examples and templates have in a token's place: no token has such a form. */
const PLACEHOLDER = /^(?:your[\s_-][\s\w-]*|[\w-]+[_-]here|<[^<>]*>|change[_-]?me|\.{3}|…)$/i;

const NONE: ParsedToken = { token: undefined, tokenUnset: undefined };

/**
 * Reads `discord_token`. Whether it is good only Discord knows, so little is wrong here: without its variable
 * the agent lives off Discord, and what looks odd is a warning.
 */
export function parseToken(node: Node | undefined, values: YamlValues, report: FileReport): ParsedToken {
  if (node === undefined || (isScalar(node) && node.value === null)) return NONE;
  if (!isScalar(node) || typeof node.value !== 'string') {
    report.error(offsetOf(node), isAlias(node) ? NO_ALIASES : 'discord_token must be text');
    return NONE;
  }
  const { text, missing } = values.readText(node, node.value);
  if (values.broken.has(node)) return NONE;
  const variables = missing.length > 0 ? missing : emptyVariable(node, text);
  const isUnset = variables.length > 0;
  if (isUnset || PLACEHOLDER.test(text.trim())) {
    const why = isUnset ? notSet(variables) : 'this only holds the place of a token';
    const until = !isUnset ? 'it has one' : variables.length === 1 ? 'it is' : 'they are';
    const warning = report.warn(offsetOf(node), `${why}: the agent stays off Discord until ${until}`);
    return { token: undefined, tokenUnset: { why, warning } };
  }
  return { token: tidy(text.trim(), offsetOf(node), report), tokenUnset: undefined };
}

/** `A is not set`, `A, B are not set`. */
function notSet(variables: readonly string[]): string {
  return `${variables.join(', ')} ${variables.length === 1 ? 'is' : 'are'} not set`;
}

/** A variable that is set to nothing gives no more of a token than one that is not set. */
function emptyVariable(node: Scalar, text: string): string[] {
  const name = /^\$\{(?<name>\w+)\}$/.exec(String(node.value).trim())?.groups?.['name'];
  return name !== undefined && text.trim() === '' ? [name] : [];
}

function tidy(text: string, offset: number, report: FileReport): string | undefined {
  const bare = text.replace(/^Bot\s+/i, '');
  if (bare !== text) report.warn(offset, 'the "Bot " before the token is left off; it is no part of it');
  if (/\s/.test(bare)) report.warn(offset, 'the token has white space in it; Discord will hardly accept it');
  return bare === '' ? undefined : bare;
}
