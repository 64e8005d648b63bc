import { Command, Option } from 'commander';
import type { AgentRecord } from '../../agents/agent-record.ts';
import { USAGE_GROUPINGS, type UsageReports } from '../../usage/usage-report.ts';
import { findAgent, unknownAgent } from '../find-agent.ts';
import type { OpenBooks } from '../open-store.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { DAY, endOf, momentOf, startOfDay } from './moments.ts';
import { showBudgets } from './show-budgets.ts';
import { showCalls } from './show-calls.ts';
import type { UsageFlags } from './task.ts';

/** What the command works with. */
export interface ShowUsageDeps {
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly openStore: () => Promise<Omit<OpenBooks, 'memory'>>;
}

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
    .action(async (flags: UsageFlags) => {
      const today = startOfDay(now);
      const since = flags.since ?? today;
      const until = flags.until ?? new Date(today.getTime() + DAY);
      if (since >= until)
        command.error('error: --since must be before --until, which is the end of today by default');
      const { store, usageReports, hostBudget, close } = await deps.openStore();
      try {
        const agents = await store.list();
        const agentId =
          flags.agent === undefined ? undefined : await agentIdOf(flags.agent, agents, usageReports);
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

/**
 * @returns the agent's id
 * @throws {InputError} when there is no such agent, nor one that is gone and left calls under this id
 */
async function agentIdOf(
  asked: string,
  agents: readonly AgentRecord[],
  usageReports: UsageReports,
): Promise<string> {
  const found = findAgent(asked, agents);
  if (found !== undefined) return found.id;
  const ever = { since: new Date(0), until: new Date(8.64e15), by: 'agent', agentId: asked } as const;
  if ((await usageReports.report(ever)).length > 0) return asked;
  throw unknownAgent(asked, agents);
}
