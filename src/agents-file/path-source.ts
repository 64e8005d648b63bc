import { createReadStream, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError, messageOf, TroupeError, UnavailableError } from '../errors.ts';
import type { AgentsText } from './parse-agents-file.ts';
import { readText } from './read-text.ts';
import { printable } from './show-value.ts';
import type { ReadOptions, Source, SourceReading } from './source.ts';

/** How often files are looked at, in milliseconds: a net for what the file system does not tell. */
const INTERVAL = 3_000;

/** How often what changes while it is read is read again. */
const MAX_TRIES = 10;

/**
 * A file, or every `*.yaml` and `*.yml` of a folder in the order of their names. Follows links, as Kubernetes mounts
 * a folder of files; leaves out what begins with a dot.
 *
 * @param shown - the path as it was given
 * @param cwd - the folder from which it begins
 */
export function pathSource(shown: string, cwd: string): Source {
  return {
    shown,
    interval: INTERVAL,
    async read({ known }: ReadOptions = {}): Promise<SourceReading | undefined> {
      try {
        // What changes while it is read is read again: half of a file can be a good one too.
        for (let tries = 0; tries < MAX_TRIES; tries++) {
          const files = await filesAt(shown, cwd);
          const version = JSON.stringify(files);
          if (version === known) return undefined;
          const texts: AgentsText[] = [];
          for (const { file } of files) {
            texts.push({ file, text: await readText(file, createReadStream(path.resolve(cwd, file))) });
          }
          if (JSON.stringify(await filesAt(shown, cwd)) === version) return { texts, version };
        }
        throw new UnavailableError(`${printable(shown)} cannot be read: it changes all the time`);
      } catch (error) {
        throw error instanceof TroupeError ? error : unreadable(shown, error);
      }
    },
    watch: (onChange) => watchPath(path.resolve(cwd, shown), onChange),
  };
}

interface FileState {
  readonly file: string;
  /** Differs once the file was written or replaced. */
  readonly state: readonly number[];
}

async function filesAt(shown: string, cwd: string): Promise<FileState[]> {
  const found = await statusOf(shown, cwd);
  if (!found.isDirectory()) return [stateOf(shown, found)];
  const names = (await readdir(path.resolve(cwd, shown))).filter((name) => /^[^.].*\.ya?ml$/i.test(name));
  const files: FileState[] = [];
  for (const file of names.toSorted().map((name) => path.join(shown, name))) {
    const status = await statusOf(file, cwd);
    if (status.isFile()) files.push(stateOf(file, status));
  }
  if (files.length === 0) throw new InputError(`${printable(shown)} holds no *.yaml or *.yml file`);
  return files;
}

type Status = Awaited<ReturnType<typeof stat>>;

/** @throws {InputError} for a link that leads nowhere */
async function statusOf(file: string, cwd: string): Promise<Status> {
  const target = path.resolve(cwd, file);
  try {
    return await stat(target);
  } catch (error) {
    const isLink = await lstat(target).then(
      (link) => link.isSymbolicLink(),
      () => false,
    );
    if (!isLink || codeOf(error) !== 'ENOENT') throw error;
    throw new InputError(`${printable(file)} cannot be read: it is a link to something that is not there`);
  }
}

/** A pipe has none: it can be read once. */
function stateOf(file: string, status: Status): FileState {
  const { dev, ino, size, mtimeMs, ctimeMs } = status;
  return { file, state: status.isFile() ? [dev, ino, size, mtimeMs, ctimeMs].map(Number) : [] };
}

/** Watches a folder and the one around it: a file is often replaced instead of written, and so may a folder be. */
function watchPath(target: string, onChange: () => void): () => void {
  const watchers = [target, path.dirname(target)].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, onChange);
      watcher.on('error', () => {
        watcher.close();
      });
      return [watcher];
    } catch {
      // Not there yet, or no more watches to be had: then the net has to do.
      return [];
    }
  });
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

function unreadable(shown: string, error: unknown): InputError {
  const refuse = (words: string): InputError =>
    new InputError(`${printable(shown)} cannot be read: ${words}`);
  const code = codeOf(error);
  if (code === 'ENOENT') return refuse('there is no such file or folder');
  if (code === 'EACCES' || code === 'EPERM') return refuse('permission denied');
  return refuse(printable(messageOf(error)));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
