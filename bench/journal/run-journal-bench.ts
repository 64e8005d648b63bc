import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatabaseConfig } from '../../src/config/database-url.ts';
import { Child } from '../child.ts';
import { makeScratch } from '../scratch.ts';
import { startFlags } from '../troupe.ts';
import type { JournalMeasure } from './measure-journal.ts';
import type { JournalScale } from './scale.ts';
import { problemOf, serverDatabase, type ServerName } from './servers.ts';

/** Where the journal is kept; `none`: nowhere. */
export type JournalPlace = 'none' | 'sqlite' | ServerName;

/** What the journal cost in one place, once. */
export interface JournalVisit extends JournalMeasure {
  readonly place: JournalPlace;
}

/** What was measured of the journal. */
export interface JournalResults {
  readonly visits: readonly JournalVisit[];
  /** What was not measured, and why. */
  readonly missing: readonly string[];
}

/** What the process is told that writes to the journal. */
export interface JournalErrand {
  /** Undefined: none. */
  readonly database?: DatabaseConfig | undefined;
  readonly scale: JournalScale;
}

const SERVERS: readonly ServerName[] = ['postgresql', 'mysql'];

/**
 * Measures the journal on every database that is there, in turn, each time on a new database and in a new process.
 *
 * @param runs - how often everything is measured
 * @param tell - called with what is measured next
 * @throws Error when a message is not on record in the end
 */
export async function runJournalBench(
  runs: number,
  scale: JournalScale,
  tell: (what: string) => void,
): Promise<JournalResults> {
  const places: JournalPlace[] = ['none', 'sqlite'];
  const missing: string[] = [];
  for (const server of SERVERS) {
    const problem = await problemOf(server);
    if (problem === undefined) places.push(server);
    else missing.push(`${server} was not measured: ${problem}`);
  }
  const visits: JournalVisit[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const place of places) {
      tell(`${run}/${runs}  journal: ${place}`);
      visits.push({ place, ...(await visit(place, scale)) });
    }
  }
  return { visits, missing };
}

async function visit(place: JournalPlace, scale: JournalScale): Promise<JournalMeasure> {
  const scratch = makeScratch();
  try {
    if (place === 'none') return await measured({ scale }, scratch.path);
    if (place === 'sqlite') {
      const file = path.join(scratch.path, 'troupe.db');
      const database = { provider: place, url: pathToFileURL(file).href, file };
      return await measured({ database, scale }, scratch.path);
    }
    const database = serverDatabase(place);
    try {
      return await measured({ database: database.config, scale }, scratch.path);
    } finally {
      await database.drop();
    }
  } finally {
    scratch.remove();
  }
}

/** As a process of its own, run as `npm start` runs the host. */
async function measured(errand: JournalErrand, cwd: string): Promise<JournalMeasure> {
  const child = new Child({
    script: 'bench/programs/journal-writer.ts',
    flags: await startFlags(),
    cwd,
    env: {},
    input: JSON.stringify(errand),
    channel: true,
  });
  const { promise: told, resolve } = Promise.withResolvers<JournalMeasure>();
  child.onMessage = (message) => {
    resolve(message as JournalMeasure);
  };
  try {
    return await Promise.race([told, child.crashed]);
  } catch (error) {
    throw new Error(`the journal failed. It printed:\n${child.output}`, { cause: error });
  } finally {
    await child.stop();
  }
}
