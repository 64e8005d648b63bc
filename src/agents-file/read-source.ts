import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../errors.ts';
import { AgentsFileError } from './file-problem.ts';
import { MAX_FILE_BYTES, TOO_LARGE } from './open-document.ts';
import type { AgentsText } from './parse-agents-file.ts';

/** What standard input is called in messages. */
const STDIN_NAME = '<stdin>';

/** Where agents files are found. */
export interface SourceOptions {
  /** The folder from which relative paths begin. */
  readonly cwd: string;
  readonly stdin: AsyncIterable<Buffer | string>;
}

/**
 * The texts that a source names: a file, every `*.yaml` and `*.yml` of a folder in the order of their names, or
 * `-` for standard input.
 *
 * @throws {InputError} when it cannot be read, is too large or is not UTF-8.
 */
export async function readSource(source: string, { cwd, stdin }: SourceOptions): Promise<AgentsText[]> {
  if (source === '-') return [{ file: STDIN_NAME, text: await readText(STDIN_NAME, stdin) }];
  try {
    const files = (await stat(path.resolve(cwd, source))).isDirectory()
      ? await filesOf(source, cwd)
      : [source];
    const texts: AgentsText[] = [];
    for (const file of files) {
      texts.push({ file, text: await readText(file, createReadStream(path.resolve(cwd, file))) });
    }
    return texts;
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(source, error);
  }
}

/** Follows links, as Kubernetes mounts a folder of files; leaves out what begins with a dot. */
async function filesOf(folder: string, cwd: string): Promise<string[]> {
  const names = (await readdir(path.resolve(cwd, folder))).filter((name) => /^[^.].*\.ya?ml$/i.test(name));
  const files: string[] = [];
  for (const file of names.toSorted().map((name) => path.join(folder, name))) {
    if ((await stat(path.resolve(cwd, file))).isFile()) files.push(file);
  }
  if (files.length === 0) throw new InputError(`${folder} holds no *.yaml or *.yml file`);
  return files;
}

async function readText(file: string, stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    chunks.push(bytes);
    length += bytes.length;
    // Enough to be refused as too large: what is endless need not be read to its end.
    if (length > MAX_FILE_BYTES) break;
  }
  return decode(file, Buffer.concat(chunks));
}

function decode(file: string, bytes: Buffer): string {
  const refuse = (message: string): AgentsFileError =>
    new AgentsFileError([{ file, line: 1, column: 1, message }]);
  if (bytes.length > MAX_FILE_BYTES) throw refuse(TOO_LARGE);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const mark = bytes.toString('hex', 0, 2);
    throw refuse(
      `the file is ${mark === 'fffe' || mark === 'feff' ? 'UTF-16' : 'not UTF-8 text'}; save it as UTF-8`,
    );
  }
}

function unreadable(source: string, error: unknown): InputError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new InputError(`${source} cannot be read: there is no such file or folder`);
  if (code === 'EACCES' || code === 'EPERM')
    return new InputError(`${source} cannot be read: permission denied`);
  return new InputError(`${source} cannot be read`, { cause: error });
}
