import { AgentsFileError } from './file-problem.ts';
import { MAX_FILE_BYTES, TOO_LARGE } from './open-document.ts';

/**
 * A stream's bytes as text.
 *
 * @param file - what it is called in messages
 * @throws {AgentsFileError} when they are more than 1 MiB, or not UTF-8.
 */
export async function readText(
  file: string,
  stream: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): Promise<string> {
  const chunks: Uint8Array[] = [];
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
