import { spreadOf } from '../statistics.ts';
import { formatGrid, formatSpread } from '../table.ts';
import type { JournalPlace, JournalResults, JournalVisit } from './run-journal-bench.ts';
import type { JournalScale } from './scale.ts';

const HEADINGS: Readonly<Record<JournalPlace, string>> = {
  none: 'no journal',
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
};

/** The table of the journal, as text, with the databases that it was measured on and those that were not there. */
export function formatJournalTable({ visits, missing }: JournalResults, scale: JournalScale): string {
  const places = [...new Set(visits.map(({ place }) => place))];
  const row = (
    label: string,
    digits: number,
    value: (visit: JournalVisit) => number | undefined,
  ): string[] => {
    const spread = (place: JournalPlace): string =>
      formatSpread(
        spreadOf(visits.filter((visit) => visit.place === place).map((visit) => value(visit) ?? Number.NaN)),
        digits,
      );
    return [label, ...places.map(spread)];
  };
  const rows = (mode: 'alone' | 'together'): string[][] => [
    row('  until admitted, p50, ms', 2, (visit) => visit[mode].admit.p50),
    row('  until admitted, p99, ms', 2, (visit) => visit[mode].admit.p99),
    row('  until the answer is on record, p50, ms', 2, (visit) => visit[mode].reply.p50),
    row('  until the answer is on record, p99, ms', 2, (visit) => visit[mode].reply.p99),
    row('  both, p50, ms', 2, (visit) => visit[mode].both.p50),
    row('  both, p99, ms', 2, (visit) => visit[mode].both.p99),
    row('  messages/s', 0, (visit) => visit[mode].throughput),
    row('  processor for a message, ms', 3, (visit) => visit[mode].processor),
    row('  transactions for a message', 2, ({ database }) => database?.[mode].transactions),
    row('  statements for a message', 2, ({ database }) => database?.[mode].statements),
  ];
  const grid = formatGrid([
    ['', ...places.map((place) => HEADINGS[place])],
    ['one message at a time'],
    ...rows('alone'),
    [`${scale.together} messages at a time`],
    ...rows('together'),
    row('a commit of one row, p50, ms', 2, ({ database }) => database?.commit),
  ]);
  const versions = new Set(visits.flatMap(({ database }) => database?.version ?? []));
  const remarks = missing.map((line) => `! ${line}`);
  return [`The journal: ${scale.bots} bots, each under its lease`, ...versions, grid, ...remarks].join('\n');
}
