import { open } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';
import type { ManagerIo, ManagerPlace } from './manager.ts';

/** Where a secret comes from; at most one of them is set. */
export interface SecretSource {
  /** A variable's name. */
  readonly env?: string | undefined;
  readonly file?: string | undefined;
  readonly stdin?: true | undefined;
}

/** Longest text that is read from a file, in bytes: more than any setting may have. */
const MAX_BYTES = 512 * 1024;

/**
 * A secret from where it may come from.
 *
 * @param what - such as "token", for messages
 * @returns without white space around it; undefined when no source is set
 * @throws {InputError} when the source cannot be read, or holds nothing
 */
export async function readSecret(
  what: string,
  { env: name, file, stdin }: SecretSource,
  { env, cwd }: ManagerPlace,
  io: Pick<ManagerIo, 'stdin'>,
): Promise<string | undefined> {
  if (name !== undefined) return given(env[name], `the variable ${quote(name)} is not set; no ${what}`);
  if (file !== undefined) return given(await readTextFile(file, cwd), `${quote(file)} holds no ${what}`);
  if (stdin) return given(await readAll(io.stdin), `standard input holds no ${what}`);
  return undefined;
}

/**
 * A Discord token as it was copied from somewhere, without what does not belong to it.
 *
 * @throws {InputError} when it cannot be one
 */
export function tidyToken(text: string): string {
  const token = text.trim().replace(/^Bot\s+/i, '');
  if (/^[\x21-\x7E]+$/.test(token)) return token;
  throw new InputError('that is not a token: it must be one word of plain characters', {
    remedy: 'Copy it anew: discord.com/developers/applications, your application, Bot, Reset Token.',
  });
}

/**
 * A text file, without the line break at its end.
 *
 * @throws {InputError} when it cannot be read, is too large or is not UTF-8
 */
export async function readTextFile(file: string, cwd: string): Promise<string> {
  let bytes: Buffer;
  try {
    const handle = await open(path.resolve(cwd, file));
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
      bytes = buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new InputError(`${quote(file)} cannot be read`, { cause });
  }
  if (bytes.length > MAX_BYTES) throw new InputError(`${quote(file)} is larger than 512 KiB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw new InputError(`${quote(file)} is not UTF-8 text`);
  }
}

async function readAll(stdin: ManagerIo['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (length > MAX_BYTES) throw new InputError('standard input is larger than 512 KiB');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function given(text: string | undefined, complaint: string): string {
  const secret = text?.trim() ?? '';
  if (secret === '') throw new InputError(complaint);
  return secret;
}
