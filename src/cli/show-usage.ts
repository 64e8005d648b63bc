import { Command, InvalidArgumentError, Option } from 'commander';
import { agentNameKey } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import { budgetLimitsOf, llmConfigSchema } from '../agents/llm-config.ts';
import { printable, quote } from '../agents-file/show-value.ts';
import { InputError } from '../errors.ts';
import { NANO } from '../usage/price-list.ts';
import type { BudgetKind, BudgetLimit } from '../usage/usage-ledger.ts';
import {
  type DaySpending,
  USAGE_GROUPINGS,
  type UsageGrouping,
  type UsageReports,
  type UsageRow,
} from '../usage/usage-report.ts';
import { nearest } from '../util/nearest.ts';
import type { OpenBooks } from './open-store.ts';
import { type CommandOutput, exitCodeOf, tame } from './run-command.ts';

/** What the command works with. */
export interface ShowUsageDeps {
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly openStore: () => Promise<Omit<OpenBooks, 'memory'>>;
}

interface Flags {
  readonly by: UsageGrouping;
  readonly since?: Date;
  readonly until?: Date;
  readonly agent?: string;
  readonly budgets?: true;
  readonly json?: true;
}

/** What a report is made from. */
interface Task {
  readonly flags: Flags;
  readonly since: Date;
  readonly until: Date;
  readonly agents: readonly AgentRecord[];
  /** The agent that was asked for. */
  readonly agentId: string | undefined;
  readonly usageReports: UsageReports;
  readonly hostBudget: OpenBooks['hostBudget'];
}

/** A limit, and what is spent of it today. */
interface BudgetLine extends DaySpending {
  readonly limit: BudgetLimit;
}

type Sums = Omit<UsageRow, 'key'>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Billionths of a dollar in the smallest part that a table shows. */
const MICRO = 1_000n;

const HELP = `
DATE is a day (UTC) such as 2026-11-20, or so long ago: 7d, 24h. Without one: today. A call counts for when it
began. In the columns, "-" stands for calls for no user (finding out whether a model works) or for no guild
(direct messages). An agent that is gone is shown, and asked for, by its id.

Examples:
  npm run usage                                         today, by agent
  npm run usage -- --by model --since 7d                the last seven days, by model
  npm run usage -- --by user --agent Helper             who costs what with one agent
  npm run usage -- --by day --since 2026-11-01 --until 2026-11-30
  npm run usage -- --budgets                            what of the budgets is spent today
  npm run -s usage -- --by day --since 30d --json       for programs

Exit codes: 0 done, or nothing to show; 1 failed, or refused; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run usage`: shows what calls to language models cost, and what of the budgets is spent.
 *
 * @returns the exit code: 0 done or nothing to show, 1 failed or refused, 2 wrong usage, 78 a wrong setting. Only a
 * defect is thrown.
 */
export async function showUsage(
  argv: readonly string[],
  io: CommandOutput,
  deps: ShowUsageDeps,
): Promise<number> {
  const now = deps.now();
  const command = tame(new Command('npm run usage --'), io)
    .description('Shows what language models cost.')
    .addOption(new Option('-b, --by <what>', 'sum up by').choices(USAGE_GROUPINGS).default('agent'))
    .option('-s, --since <date>', 'from this day or moment (default: today)', (text) => momentOf(text, now))
    .option('-u, --until <date>', 'up to this moment, or the end of this day (default: today)', (text) =>
      endOf(text, now),
    )
    .option('-a, --agent <name>', 'only what this agent cost (default: all agents)')
    .addOption(
      new Option('--budgets', 'what of the budgets is spent today').conflicts(['by', 'since', 'until']),
    )
    .option('--json', 'print a JSON array, for programs')
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      const today = startOfDay(now);
      const since = flags.since ?? today;
      const until = flags.until ?? new Date(today.getTime() + DAY);
      if (since >= until)
        command.error('error: --since must be before --until, which is the end of today by default');
      const { store, usageReports, hostBudget, close } = await deps.openStore();
      try {
        const agents = await store.list();
        const agentId =
          flags.agent === undefined ? undefined : await findAgent(flags.agent, agents, usageReports);
        const task = { flags, since, until, agents, agentId, usageReports, hostBudget };
        io.stdout.write(flags.budgets ? await showBudgets(task, now) : await showCalls(task));
      } finally {
        await close();
      }
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

async function showCalls(task: Task): Promise<string> {
  const { flags, since, until, agents, agentId, usageReports } = task;
  const { by, json } = flags;
  const rows = await usageReports.report({ since, until, by, agentId });
  if (json) return jsonLine(rows.map((row) => ({ ...keyAsJson(by, row.key, agents), ...sumsAsJson(row) })));
  const time = `from ${minute(since)} until ${minute(until)}`;
  if (rows.length === 0) return `No calls to language models ${time}.\n`;
  const total = rows.reduce<Sums>(add, NOTHING);
  const unpriced =
    total.unpriced === 0 ? [] : await usageReports.report({ since, until, by: 'model', agentId });
  const shownKey = ({ key }: UsageRow): string =>
    key === undefined ? '-' : printable(by === 'agent' ? nameOf(key, agents) : key);
  return [
    `Calls to language models ${time}\n\n`,
    alignedTable([
      [by.toUpperCase(), 'CALLS', 'INPUT', 'CACHED', 'OUTPUT', 'USD', 'FAILED'],
      ...rows.map((row) => [shownKey(row), ...sumCells(row)]),
      ['TOTAL', ...sumCells(total)],
    ]),
    ...notesOn(total, unpriced),
  ].join('');
}

function notesOn({ unsettled }: Sums, byModel: readonly UsageRow[]): string[] {
  const models = byModel.flatMap(({ key, unpriced }) => (unpriced === 0 ? [] : printable(key ?? '-')));
  return [
    models.length === 0
      ? ''
      : `\n? No price was known for ${models.join(', ')}. Prices come from the file that PRICES_FILE names.\n`,
    unsettled === 0
      ? ''
      : `\n${grouped(unsettled)} of the calls are under way, or their process died: they count at the most that ` +
        'they can cost, and as input.\n',
  ];
}

async function showBudgets(task: Task, now: Date): Promise<string> {
  const { flags, agents } = task;
  const lines = budgetLines(await task.usageReports.spending(now), task);
  if (flags.json) return jsonLine(lines.map((line) => budgetAsJson(line, agents)));
  if (lines.length === 0) {
    return 'No budget is set. BUDGET_USD_PER_DAY and BUDGET_TOKENS_PER_DAY set the host\'s, "budget" in the config of an LLM agent its own.\n';
  }
  return [
    `Budgets of ${now.toISOString().slice(0, 10)} (UTC), with what calls under way can cost\n\n`,
    alignedTable(
      [
        ['BUDGET', 'AGENT', 'FOR', 'USD', 'OF', 'TOKENS', 'OF', 'USED'],
        ...lines.map(({ kind, agentId, memberId, nanoUsd, tokens, limit }) => [
          kind,
          agentId === undefined ? '-' : printable(nameOf(agentId, agents)),
          memberId ?? '-',
          dollars(nanoUsd),
          limit.nanoUsd === undefined ? '-' : dollars(BigInt(limit.nanoUsd)),
          grouped(tokens),
          limit.tokens === undefined ? '-' : grouped(limit.tokens),
          `${grouped(percentUsed({ nanoUsd, tokens, limit }))} %`,
        ]),
      ],
      3,
    ),
  ].join('');
}

/** A line for each limit; one for users or guilds has a line for each of them that spent something. */
function budgetLines(spent: readonly DaySpending[], { agents, agentId, hostBudget }: Task): BudgetLine[] {
  const linesOf = (limit: BudgetLimit, id?: string): BudgetLine[] => {
    const found = spent.filter((one) => one.kind === limit.kind && one.agentId === id);
    const nobody = { kind: limit.kind, agentId: id, memberId: undefined, nanoUsd: 0n, tokens: 0n };
    return (found.length === 0 ? [nobody] : found)
      .map((one) => ({ ...one, limit }))
      .sort((a, b) => Number(percentUsed(b) - percentUsed(a)));
  };
  const wanted = agents.filter(({ id, type }) => type === 'llm' && (agentId ?? id) === id);
  return [
    ...(hostBudget === undefined || agentId !== undefined ? [] : linesOf({ kind: 'host', ...hostBudget })),
    ...wanted.flatMap((agent) => limitsOf(agent).flatMap((limit) => linesOf(limit, agent.id))),
  ];
}

const ORDER: readonly BudgetKind[] = ['agent', 'guild', 'user'];

/** The rest of the config may hold encrypted keys, which nobody needs here. */
function limitsOf({ config }: AgentRecord): BudgetLimit[] {
  const limits = budgetLimitsOf(llmConfigSchema.parse({ budget: config['budget'] }));
  return limits
    .filter(({ nanoUsd, tokens }) => nanoUsd !== undefined || tokens !== undefined)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Of the limit that is nearer, in whole percent, rounded down. */
function percentUsed({ nanoUsd, tokens, limit }: Pick<BudgetLine, 'nanoUsd' | 'tokens' | 'limit'>): bigint {
  const percent = (spent: bigint, most: number | undefined): bigint => {
    if (most === undefined) return 0n;
    return most === 0 ? 100n : (spent * 100n) / BigInt(most);
  };
  const [money, counted] = [percent(nanoUsd, limit.nanoUsd), percent(tokens, limit.tokens)];
  return money > counted ? money : counted;
}

/**
 * @returns the agent's id
 * @throws {InputError} when there is no such agent, nor one that is gone and left calls under this id
 */
async function findAgent(
  asked: string,
  agents: readonly AgentRecord[],
  usageReports: UsageReports,
): Promise<string> {
  const key = agentNameKey(asked);
  const found =
    agents.find(({ name }) => agentNameKey(name) === key) ?? agents.find(({ id }) => id === asked);
  if (found !== undefined) return found.id;
  const ever = { since: new Date(0), until: new Date(8.64e15), by: 'agent', agentId: asked } as const;
  if ((await usageReports.report(ever)).length > 0) return asked;
  const meant = nearest(
    asked,
    agents.map(({ name }) => name),
  );
  throw new InputError(
    `there is no agent ${quote(asked)}${meant === undefined ? '' : `; did you mean ${quote(meant)}?`}`,
    { remedy: 'npm run agents -- list shows them all.' },
  );
}

function nameOf(agentId: string, agents: readonly AgentRecord[]): string {
  return agents.find(({ id }) => id === agentId)?.name ?? agentId;
}

/** @throws {InvalidArgumentError} when it is neither a day nor so long ago */
function momentOf(text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (unit === 'd' ? DAY : HOUR));
  const day = isDay(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  // A day that is not in the calendar becomes another one, or none.
  if (day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day;
  throw new InvalidArgumentError('It must be a day such as 2026-11-20, or so long ago: 7d, 24h.');
}

/** Like {@link momentOf}; a day is in it to its end. */
function endOf(text: string, now: Date): Date {
  const moment = momentOf(text, now);
  return isDay(text) ? new Date(moment.getTime() + DAY) : moment;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}

function startOfDay(time: Date): Date {
  return new Date(Math.floor(time.getTime() / DAY) * DAY);
}

const NOTHING: Sums = {
  calls: 0,
  inputTokens: 0n,
  cachedTokens: 0n,
  outputTokens: 0n,
  nanoUsd: 0n,
  unpriced: 0,
  failures: 0,
  unsettled: 0,
};

function add(a: Sums, b: Sums): Sums {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    nanoUsd: a.nanoUsd + b.nanoUsd,
    unpriced: a.unpriced + b.unpriced,
    failures: a.failures + b.failures,
    unsettled: a.unsettled + b.unsettled,
  };
}

function sumCells(sums: Sums): string[] {
  const { calls, inputTokens, cachedTokens, outputTokens, nanoUsd, unpriced, failures } = sums;
  const known = nanoUsd === 0n && unpriced > 0 ? '' : dollars(nanoUsd);
  return [
    ...[calls, inputTokens, cachedTokens, outputTokens].map(grouped),
    unpriced === 0 ? known : `${known}?`,
    grouped(failures),
  ];
}

function sumsAsJson(sums: Sums): object {
  return {
    calls: sums.calls,
    input_tokens: Number(sums.inputTokens),
    cached_tokens: Number(sums.cachedTokens),
    output_tokens: Number(sums.outputTokens),
    ...moneyAsJson(sums.nanoUsd),
    unpriced_calls: sums.unpriced,
    failures: sums.failures,
    unsettled_calls: sums.unsettled,
  };
}

function keyAsJson(by: UsageGrouping, key: string | undefined, agents: readonly AgentRecord[]): object {
  if (by === 'agent') return agentAsJson(key, agents);
  if (by === 'user' || by === 'guild') return { [`${by}_id`]: key ?? null };
  if (by !== 'model' || key === undefined) return { [by]: key ?? null };
  const slash = key.indexOf('/');
  return { provider: key.slice(0, slash), model: key.slice(slash + 1) };
}

function agentAsJson(agentId: string | undefined, agents: readonly AgentRecord[]): object {
  return {
    agent: agentId === undefined ? null : nameOf(agentId, agents),
    agent_id: agentId ?? null,
  };
}

function budgetAsJson(line: BudgetLine, agents: readonly AgentRecord[]): object {
  const { kind, agentId, memberId = null, nanoUsd, tokens, limit } = line;
  return {
    budget: kind,
    ...agentAsJson(agentId, agents),
    user_id: kind === 'user' ? memberId : null,
    guild_id: kind === 'guild' ? memberId : null,
    ...moneyAsJson(nanoUsd),
    limit_usd: limit.nanoUsd === undefined ? null : limit.nanoUsd / NANO,
    limit_nano_usd: limit.nanoUsd === undefined ? null : String(limit.nanoUsd),
    tokens: Number(tokens),
    limit_tokens: limit.tokens ?? null,
    used_percent: Number(percentUsed(line)),
  };
}

function moneyAsJson(nanoUsd: bigint): object {
  return { usd: Number(nanoUsd) / NANO, nano_usd: nanoUsd.toString() };
}

function jsonLine(value: unknown): string {
  return `${printable(JSON.stringify(value))}\n`;
}

/** @param words - columns of words, which come first; numbers stand on the right */
function alignedTable(rows: readonly (readonly string[])[], words = 1): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column < words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  );
  return `${lines.map((cells) => cells.join('  ').trimEnd()).join('\n')}\n`;
}

function grouped(number: number | bigint): string {
  return number.toLocaleString('en-US');
}

/** With six decimals, rounded up: what costs something is never shown as nothing. */
function dollars(nanoUsd: bigint): string {
  const micro = (nanoUsd + MICRO - 1n) / MICRO;
  return `${grouped(micro / 1_000_000n)}.${(micro % 1_000_000n).toString().padStart(6, '0')}`;
}

/** In UTC. */
function minute(time: Date): string {
  return time.toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
}
