import { printable } from '../../agents-file/show-value.ts';
import type { Check, CheckStatus } from './finding.ts';

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: '✓', warning: '!', error: '✗', skipped: '-' };

/** A group of checks for a terminal: its name, and a line for each check. */
export function describeGroup(checks: readonly Check[]): string {
  const lines = checks.map(({ status, name, message, remedy }) =>
    printable(`  ${MARKS[status]} ${name}: ${remedy === '' ? message : `${message}. ${remedy}`}`),
  );
  return [printable(checks[0]?.group ?? ''), ...lines, ''].join('\n');
}

/** How many checks ended how, in one line. */
export function summarize(checks: readonly Check[]): string {
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  const parts = [
    `${count('ok')} in order`,
    counted(count('warning'), 'warning'),
    counted(count('error'), 'error'),
    ...(count('skipped') > 0 ? [`${count('skipped')} not checked`] : []),
  ];
  return `${parts.join(', ')}.\n`;
}

/** Whether nothing is wrong; a warning does not count. */
export function isWell(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== 'error');
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`;
}
