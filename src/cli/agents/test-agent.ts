import { printable } from '../../agents-file/show-value.ts';
import { messageOf, TroupeError } from '../../errors.ts';
import { redactShapes } from '../../observability/secret-shapes.ts';
import { jsonLine } from '../json-line.ts';
import { type Check, examineAgent } from '../../examine/examine-agent.ts';
import { knownAgent } from './known-agents.ts';
import type { Manager, ManagerIo } from './manager.ts';
import { tryAgent } from './try-agent.ts';

interface TestFlags {
  readonly message?: string;
  readonly offline?: true;
  readonly json?: true;
}

/**
 * `test NAME`.
 *
 * @returns the exit code: 1 when something is wrong
 */
export async function testAgent(
  name: string,
  { message, offline, json }: TestFlags,
  manager: Manager,
  io: ManagerIo,
): Promise<number> {
  const record = knownAgent(name, await manager.store.list());
  const checks = await examineAgent(record, manager, { offline: offline ?? false });
  const isSound = (): boolean => checks.every(({ status }) => status !== 'error');
  let answer: string | undefined;
  if (message !== undefined) {
    try {
      answer = await tryAgent(record, message, manager, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      const words = error.remedy === '' ? messageOf(error) : `${messageOf(error)}. ${error.remedy}`;
      checks.push({ name: 'answer', status: 'error', message: redactShapes(words) });
    }
  }
  if (json) io.stdout.write(jsonLine({ name: record.name, ok: isSound(), checks, answer: answer ?? null }));
  else {
    io.stdout.write(checks.map((check) => `${checkLine(check)}\n`).join(''));
    if (answer !== undefined) io.stdout.write(`\n${answer.split(/\r?\n/).map(printable).join('\n')}\n`);
  }
  return isSound() ? 0 : 1;
}

const MARKS = { ok: '✓', warning: '!', error: '✗' } as const;

/** A check in a line, with a mark. */
export function checkLine({ name, status, message }: Check): string {
  return `${MARKS[status]} ${name}: ${printable(message)}`;
}
