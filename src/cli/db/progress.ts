import type { DumpProgress } from '../../database/dump.ts';
import type { ManageDatabaseIo } from './task.ts';

/** Where it takes long enough to be seen: rows. */
const MANY = 2_000;

/** Shows on a terminal how far something has come, on one line that goes away at its end. */
export function progress({ stderr }: ManageDatabaseIo, what: string): DumpProgress {
  let shown = '';
  return (done, total) => {
    if (!stderr.isTTY || total < MANY) return;
    const line = done < total ? `${what}: ${Math.floor((done / total) * 100)} %` : '';
    if (line !== shown) stderr.write(`\r${line.padEnd(shown.length)}${line === '' ? '\r' : ''}`);
    shown = line;
  };
}
