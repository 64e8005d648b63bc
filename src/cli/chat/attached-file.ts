import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Attachment } from '../../agents/agent.ts';
import { printable } from '../../agents-file/show-value.ts';
import { InputError, UnavailableError } from '../../errors.ts';

/**
 * A file on this machine as it comes with a message. Its type goes by its name.
 *
 * @param cwd - the folder from which a relative path begins
 * @throws {InputError} when there is no such file
 */
export async function attachFile(file: string, cwd: string): Promise<Attachment> {
  const full = path.resolve(cwd, file);
  const facts = await stat(full).catch((cause: unknown) => {
    throw new InputError(`${printable(full)} cannot be attached`, { cause });
  });
  if (!facts.isFile()) throw new InputError(`${printable(full)} cannot be attached: it is not a file`);
  return {
    name: path.basename(full),
    mediaType: undefined,
    size: facts.size,
    url: pathToFileURL(full).href,
  };
}

/**
 * The first bytes of an attached file.
 *
 * @throws {UnavailableError} when it cannot be read any more
 */
export async function readAttached({ url }: Attachment, maxBytes: number): Promise<Uint8Array> {
  try {
    const file = await open(fileURLToPath(url));
    try {
      const chunks: Buffer[] = [];
      const bytes = file.createReadStream({ end: maxBytes - 1, autoClose: false });
      for await (const chunk of bytes as AsyncIterable<Buffer>) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new UnavailableError('an attached file cannot be read', { cause });
  }
}
