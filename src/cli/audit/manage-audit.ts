import { Command, InvalidArgumentError } from 'commander';
import type { AuditEntry, AuditLog, ExpectedEntry } from '../../audit/audit-log.ts';
import { printable } from '../../agents-file/show-value.ts';
import { alignedTable } from '../aligned-table.ts';
import { jsonLine } from '../json-line.ts';
import { minute } from '../minute.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { momentOf } from '../usage/moments.ts';

/** The audit log for the life of one command. */
export interface OpenAudit {
  readonly auditLog: Pick<AuditLog, 'list' | 'verify'>;
  readonly close: () => Promise<void>;
}

/** What the command works with. */
export interface ManageAuditDeps {
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly open: () => Promise<OpenAudit>;
}

interface ListFlags {
  readonly action?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly since?: Date;
  readonly before?: bigint;
  readonly limit: number;
  readonly json?: true;
}

/** More than anybody reads at once. */
const MAX_LISTED = 10_000;

/** Characters of a state that a line of the list shows. */
const MAX_SHOWN = 120;

const HELP = `
Every change that a person, a command, the agents file or the host by itself made is in the audit log, with who made it,
and what was before and after it. Entries are numbered from 1 and each has a hash over itself and the hash before it:
verify computes them all again and names the first entry that was changed, taken out, put in or moved.

What was taken off the end cannot be seen that way, nor a log that somebody made anew from some entry on. So note down
now and then, somewhere else, what verify prints (the host logs it too), and hand it in with --expect.

Examples:
  npm run audit -- verify
  npm run audit -- verify --expect 4711:0f3a…
  npm run audit -- list
  npm run audit -- list --action agent.update --since 7d
  npm run -s audit -- list --limit 1000 --json

Exit codes: 0 whole, or listed; 1 broken, or failed; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run audit`: shows the record of changes, and proves that it is whole.
 *
 * @returns the exit code: 0 whole or listed, 1 broken or failed, 2 wrong usage, 78 a wrong setting. Only a defect is
 * thrown.
 */
export async function manageAudit(
  argv: readonly string[],
  io: CommandOutput,
  deps: ManageAuditDeps,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run audit --'), io)
    .description('Shows the record of changes, and proves that it is whole.')
    .addHelpText('after', HELP);
  const withLog = async (work: (log: OpenAudit['auditLog']) => Promise<void>): Promise<void> => {
    const open = await deps.open();
    try {
      await work(open.auditLog);
    } finally {
      await open.close();
    }
  };
  addList(command, io, deps, withLog);
  tame(command.command('verify'), io)
    .description('compute every hash again; exit code 1 if the log is not whole')
    .option('--expect <sequence:hash>', 'an entry that was noted down: it must still be there', parseExpected)
    .option('--json', 'print a JSON object, for programs')
    .action(({ expect, json }: { expect?: ExpectedEntry; json?: true }) =>
      withLog(async (log) => {
        const found = await log.verify(expect);
        code = found.isWhole ? 0 : 1;
        if (json) {
          io.stdout.write(
            jsonLine(
              found.isWhole
                ? { whole: true, entries: Number(found.entries), last_hash: found.lastHash }
                : { whole: false, broken_at: Number(found.brokenAt), problem: found.problem },
            ),
          );
        } else if (found.isWhole) {
          const { entries, lastHash } = found;
          io.stdout.write(
            `The audit log is whole: ${entries} entries. It ends with ${entries}:${lastHash}\n`,
          );
        } else {
          io.stderr.write(`The audit log is broken at entry ${found.brokenAt}: ${found.problem}.\n`);
        }
      }),
    );
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

function addList(
  command: Command,
  io: CommandOutput,
  { now }: ManageAuditDeps,
  withLog: (work: (log: OpenAudit['auditLog']) => Promise<void>) => Promise<void>,
): void {
  tame(command.command('list'), io)
    .description('list changes, newest first')
    .option('--action <action>', 'only such changes, as agent.update')
    .option('--actor <id>', 'only those that this one made, by id')
    .option('--subject <id>', 'only those of this, by id')
    .option('--since <date>', 'only from this day (2026-11-20), or so long ago (2h, 7d)', (text) =>
      momentOf(text, now()),
    )
    .option('--before <sequence>', 'only those before this entry', parseSequence)
    .option('-n, --limit <number>', 'so many at most', parseLimit, 20)
    .option('--json', 'print a JSON array with all that was before and after, for programs')
    .action(({ actor, subject, json, ...filter }: ListFlags) =>
      withLog(async (log) => {
        const entries = await log.list({ ...filter, actorId: actor, subjectId: subject });
        if (json) io.stdout.write(jsonLine(entries.map(entryAsJson)));
        else io.stdout.write(entries.length === 0 ? 'There is no such entry.\n' : entryTable(entries));
      }),
    );
}

function entryTable(entries: readonly AuditEntry[]): string {
  const rows = entries.map(({ sequence, at, actor, action, subject, before, after }) => [
    String(sequence),
    minute(at),
    printable(`${actor.kind} ${actor.name}`),
    action,
    printable(`${subject.kind} ${subject.id}`),
    shorten(printable(JSON.stringify(after ?? before ?? null))),
  ]);
  return alignedTable([['ENTRY', 'TIME', 'WHO', 'WHAT', 'OF', 'STATE'], ...rows]);
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}

function entryAsJson({ sequence, at, before, after, ...rest }: AuditEntry): object {
  const states = { before: before ?? null, after: after ?? null };
  return { sequence: Number(sequence), at: at.toISOString(), ...rest, ...states };
}

/** @throws {InvalidArgumentError} */
function parseExpected(text: string): ExpectedEntry {
  const [, sequence, hash] = /^(\d{1,15}):([\da-f]{64})$/i.exec(text.trim()) ?? [];
  if (sequence !== undefined && hash !== undefined) {
    return { sequence: BigInt(sequence), hash: hash.toLowerCase() };
  }
  throw new InvalidArgumentError('It is what verify prints: a number, a colon and 64 hexadecimal digits.');
}

/** @throws {InvalidArgumentError} */
function parseSequence(text: string): bigint {
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('It must be the number of an entry.');
}

/** @throws {InvalidArgumentError} */
function parseLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LISTED) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LISTED}.`);
}
