import { fileURLToPath } from 'node:url';
import type { Environment } from '../config/environment.ts';
import { InputError } from '../errors.ts';
import { pathSource } from './path-source.ts';
import { readText } from './read-text.ts';
import { s3Source } from './s3-source.ts';
import { printable } from './show-value.ts';
import type { Source } from './source.ts';
import { urlSource } from './url-source.ts';

/** What standard input is called in messages. */
export const STDIN_NAME = '<stdin>';

/** How long a server may take until everything is read, in milliseconds. */
const TIMEOUT = 30_000;

/** What a source may need. */
export interface SourceOptions {
  /** The folder from which relative paths begin. */
  readonly cwd: string;
  /** Read by the source `-`. Default: there is nothing in it. */
  readonly stdin?: AsyncIterable<Buffer | string> | Iterable<Buffer | string>;
  /** Where the variables of the AWS SDK are looked up besides the process's own. Default: nowhere. */
  readonly env?: Environment;
  /** Milliseconds until a server has to have answered. Default: 30 s. */
  readonly timeout?: number;
}

/**
 * Where a source's texts come from: a path of a file or folder, `file:` with one, `-` for standard input, `https://…`
 * (`http://…` only on this machine), `s3://bucket/key` or `s3:/bucket/key`. Opens nothing yet.
 *
 * @throws {InputError} when it is none of these.
 */
export function openSource(
  source: string,
  { cwd, stdin, env = {}, timeout = TIMEOUT }: SourceOptions,
): Source {
  // Two letters at least: C:\agents.yaml is a path.
  const scheme = /^([a-z][a-z\d+.-]+):/i.exec(source)?.[1]?.toLowerCase();
  if (source === '-') return stdinSource(stdin);
  if (scheme === 'file') return pathSource(pathOf(source), cwd);
  if (scheme === 's3') return s3Source(source, env, timeout);
  if (scheme === 'https' || scheme === 'http') return urlSource(source, timeout);
  // Anything else with a colon is a name that a file may have.
  if (!source.includes('://')) return pathSource(source, cwd);
  throw new InputError(
    `${String(scheme)}: is not known as a source; known are a path, file:, https:, s3: and - for standard input`,
  );
}

function stdinSource(stdin: SourceOptions['stdin'] = []): Source {
  return {
    shown: STDIN_NAME,
    interval: Infinity,
    read: async () => ({
      texts: [{ file: STDIN_NAME, text: await readText(STDIN_NAME, stdin) }],
      version: '',
    }),
  };
}

/** A relative one, which no URL can be, is taken as it is written: `file:agents.yaml`. */
function pathOf(source: string): string {
  const rest = source.slice('file:'.length);
  if (!rest.startsWith('/')) return rest;
  try {
    return fileURLToPath(new URL(source));
  } catch {
    throw new InputError(`${printable(source)} cannot be read: a file: URL reads file:///path/of/the/file`);
  }
}
