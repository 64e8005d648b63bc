import { closeSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { tidyOldFiles, type OldFiles } from './old-log-files.ts';

/** When a log's file is put aside, and what becomes of those that were. */
export interface Rotation extends OldFiles {
  /** The file does not grow above this, in bytes; 0: no limit. */
  readonly maxBytes: number;
  /** So long after its first line it is put aside, with the next line, in milliseconds; 0: never. */
  readonly maxAgeMs: number;
}

/** What {@link RotatingFile} is told, and tells. */
export interface RotatingFileTools {
  readonly now: () => Date;
  /** Lines are being lost, and why. Told once for each outage. */
  readonly onLost: (error: unknown) => void;
  /** It writes again; so many lines were lost. */
  readonly onBack: (lost: number) => void;
}

const LINE_END = Buffer.from('\n');

/** The file that lines go to. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly ino: bigint;
  readonly dev: bigint;
  /** When its first line was written, in milliseconds. */
  readonly begun: number;
  /** Whether its last line has no end: a process died, or the disk was full. */
  torn: boolean;
}

/**
 * A log's file that is put aside when it is too large or too old. Several processes may write to one: before it writes,
 * each looks whether the path still leads to the file that it has open. So it also goes on after somebody moved or
 * deleted the file, or its folder. Nothing that fails ends the stream: lines that cannot be written are dropped, and
 * it is tried again with the next ones.
 */
export class RotatingFile extends Writable {
  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #tools: RotatingFileTools;
  #open: OpenFile | undefined;
  #lost = 0;
  /** The time in the name that a file was put aside under last, in milliseconds: each sorts behind those before it. */
  #lastAside = 0;
  /** What is done about old files; one after the other, and no line waits for it. */
  #tidying: Promise<void> = Promise.resolve();

  /**
   * @param file - an absolute path; its folder is made
   * @throws when it cannot be written
   */
  constructor(file: string, rotation: Rotation, tools: RotatingFileTools) {
    super();
    mkdirSync(path.dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
    this.#path = file;
    this.#rotation = rotation;
    this.#tools = tools;
    this.#tidy();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    void this.#append([chunk]).then(callback);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], callback: () => void): void {
    void this.#append(chunks.map(({ chunk }) => chunk)).then(callback);
  }

  override _final(callback: () => void): void {
    void this.#close()
      .then(() => this.#tidying)
      .then(callback);
  }

  /** Never rejects. What is told of may be a line of this very log: it comes later. */
  async #append(lines: readonly Buffer[]): Promise<void> {
    const { onLost, onBack } = this.#tools;
    let written = 0;
    try {
      while (written < lines.length) written += await this.#appendSome(lines.slice(written));
      const lost = this.#lost;
      this.#lost = 0;
      if (lost > 0) onBack(lost);
    } catch (error) {
      await this.#close();
      const isNew = this.#lost === 0;
      this.#lost += lines.length - written;
      if (isNew) onLost(error);
    }
  }

  /** As many lines as the file has room for, one at least; their number. */
  async #appendSome(lines: readonly Buffer[]): Promise<number> {
    const first = lines[0]?.length ?? 0;
    let { file, size } = await this.#present();
    if (await this.#isDue(file, size, first)) {
      await this.#putAside();
      ({ file, size } = await this.#present());
    }
    const { maxBytes } = this.#rotation;
    let bytes = first;
    let count = 1;
    for (const { length } of lines.slice(1)) {
      if (maxBytes > 0 && size + bytes + length > maxBytes) break;
      bytes += length;
      count += 1;
    }
    // Not `write`, which may write a part.
    await file.handle.appendFile(Buffer.concat([...(file.torn ? [LINE_END] : []), ...lines.slice(0, count)]));
    file.torn = false;
    return count;
  }

  /** The file that the path leads to, opened unless it is already. */
  async #present(): Promise<{ file: OpenFile; size: number }> {
    const there = await stat(this.#path, { bigint: true }).catch(() => undefined);
    const known = this.#open;
    if (known !== undefined && there?.ino === known.ino && there.dev === known.dev) {
      return { file: known, size: Number(there.size) };
    }
    await this.#close();
    await mkdir(path.dirname(this.#path), { recursive: true });
    const handle = await open(this.#path, 'a+');
    const { ino, dev, size } = await handle.stat({ bigint: true });
    const now = this.#tools.now().getTime();
    const file = { handle, ino, dev, begun: now, torn: false };
    this.#open = size === 0n ? file : { ...file, ...(await lookInto(handle, Number(size), now)) };
    return { file: this.#open, size: Number(size) };
  }

  async #isDue({ begun, handle }: OpenFile, size: number, more: number): Promise<boolean> {
    const { maxBytes, maxAgeMs } = this.#rotation;
    if (size === 0) return false;
    const isFull = maxBytes > 0 && size + more > maxBytes;
    const isOld = maxAgeMs > 0 && this.#tools.now().getTime() - begun >= maxAgeMs;
    // A terminal, a pipe or a device stays where it is.
    return (isFull || isOld) && (await handle.stat()).isFile();
  }

  async #putAside(): Promise<void> {
    await this.#close();
    const file = await realpath(this.#path).catch(() => this.#path);
    const aside = await this.#takeName(file);
    try {
      await rename(file, aside);
    } catch (error) {
      await rm(aside, { force: true });
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    this.#tidy();
  }

  /** A name behind which no other process puts its file: an empty one stands there. */
  async #takeName(file: string): Promise<string> {
    for (;;) {
      this.#lastAside = Math.max(this.#tools.now().getTime(), this.#lastAside + 1);
      const stamp = new Date(this.#lastAside).toISOString().replaceAll(/[:.]/g, '-');
      try {
        await (await open(`${file}.${stamp}`, 'wx')).close();
        return `${file}.${stamp}`;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  #tidy(): void {
    this.#tidying = this.#tidying
      .then(async () => tidyOldFiles(await realpath(this.#path).catch(() => this.#path), this.#rotation))
      .catch(() => undefined);
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.handle.close().catch(() => undefined);
  }
}

/** What a file of so many bytes says of itself: its first line begins with the time. */
async function lookInto(
  handle: FileHandle,
  size: number,
  now: number,
): Promise<Pick<OpenFile, 'begun' | 'torn'>> {
  const head = await handle.read(Buffer.alloc(64), 0, 64, 0);
  const [text] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(head.buffer.toString('latin1', 0, head.bytesRead)) ?? [];
  const time = Date.parse(text ?? '');
  const tail = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return {
    begun: Number.isNaN(time) ? now : time,
    torn: tail.bytesRead > 0 && tail.buffer[0] !== LINE_END[0],
  };
}
