// Writes messages to the journal on one database, in a process of its own, and says what they cost.
import { text } from 'node:stream/consumers';
import type { JournalErrand } from '../journal/run-journal-bench.ts';
import { measureJournal, measureNoJournal } from '../journal/measure-journal.ts';

const { database, scale } = JSON.parse(await text(process.stdin)) as JournalErrand;
process.send?.(await (database === undefined ? measureNoJournal(scale) : measureJournal(database, scale)));
