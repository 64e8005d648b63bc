import { Command } from 'commander';
import type { AgentRecord } from '../agents/agent-record.ts';
import { printable, withoutSecrets } from '../agents-file/show-value.ts';
import type { OpenStore } from './open-store.ts';
import { type CommandOutput, exitCodeOf, tame } from './run-command.ts';

const HELP = `
Examples:
  npm run agents -- list                    every agent, its state and why
  npm run -s agents -- list --json          the same as a JSON array, for programs

To make or change agents: npm run agents:load -- FILE (see agents.example.yaml).

Exit codes: 0 done; 1 failed; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run agents`: looks at the agents table.
 *
 * @param openStore - opens the agents table; called once the command line is found to be in order
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 78 a wrong setting. Only a defect is thrown.
 */
export async function manageAgents(
  argv: readonly string[],
  output: CommandOutput,
  openStore: () => Promise<Pick<OpenStore, 'store' | 'close'>>,
): Promise<number> {
  const command = tame(new Command('npm run agents --'), output)
    .description('Shows the agents, their bots and how these are.')
    .addHelpText('after', HELP);
  tame(command.command('list'), output)
    .description('list every agent with the state of its bot')
    .option('--json', 'print a JSON array')
    .action(async ({ json }: { json?: true }) => {
      const { store, close } = await openStore();
      try {
        const agents = await store.list();
        output.stdout.write(json ? `${JSON.stringify(agents.map(agentAsJson))}\n` : table(agents));
      } finally {
        await close();
      }
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, output);
}

/** An agent for programs: keys as in an agents file, ids as text, and never a secret. */
function agentAsJson(agent: AgentRecord): object {
  return {
    id: agent.id,
    name: agent.name,
    type: agent.type,
    enabled: agent.enabled,
    state: agent.status.state,
    state_reason: agent.status.reason,
    has_token: agent.sealedToken !== undefined,
    application_id: agent.identity?.applicationId ?? null,
    bot_user_id: agent.identity?.userId ?? null,
    bot_username: agent.identity?.username ?? null,
    respond_to_dm: agent.respondToDm,
    respond_to_everyone: agent.respondToEveryone,
    respond_without_mention: agent.respondWithoutMention,
    guild_whitelist: agent.guildWhitelist,
    channel_whitelist: agent.channelWhitelist,
    allowed_users: agent.allowedUsers,
    allowed_roles: agent.allowedRoles,
    blocked_users: agent.blockedUsers,
    rate_limit: agent.rateLimit,
    config: withoutSecrets(agent.config),
    created_at: agent.createdAt.toISOString(),
  };
}

function table(agents: readonly AgentRecord[]): string {
  if (agents.length === 0)
    return 'There are no agents yet. Make some: npm run agents:load -- agents.example.yaml\n';
  const rows = agents.map(({ name, type, status }) => [
    printable(name),
    type,
    status.state,
    printable(status.reason),
  ]);
  const all = [['NAME', 'TYPE', 'STATE', 'WHY'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
