import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A directory for the files of one program under test. */
export interface Scratch {
  readonly path: string;
  remove(): void;
}

const present = new Set<Scratch>();

/** Makes an empty directory for a while. */
export function makeScratch(): Scratch {
  const directory = mkdtempSync(path.join(tmpdir(), 'troupe-bench-'));
  const scratch = {
    path: directory,
    remove(): void {
      rmSync(directory, { recursive: true, force: true });
      present.delete(scratch);
    },
  };
  present.add(scratch);
  return scratch;
}

/** Removes what is left of them: for when the bench is ended early. */
export function removeAllScratch(): void {
  for (const scratch of present) scratch.remove();
}
