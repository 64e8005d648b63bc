import type { BotPresence } from '../../src/agents/agent-record.ts';
import { onTestFinished, vi } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { EchoAgent } from '../../src/agents/echo-agent.ts';
import type { Account, Connection } from '../../src/bots/account.ts';
import type { GatewaySession } from '../../src/bots/gateway-session.ts';
import { type DiscordOptions, openDiscord } from '../../src/discord/open-discord.ts';
import { type Lease, withoutLease } from '../../src/leases/lease.ts';
import type { IncomingMessage } from '../../src/messages/incoming-message.ts';
import type { Recipient } from '../../src/messages/recipient.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import type { Bot } from '../support/discord/bot.ts';
import type { StandInDiscordOptions } from '../support/discord/options.ts';
import { startStandInDiscord } from '../support/discord/stand-in-discord.ts';

/** What a test of the adapter may decide. */
export interface AdapterOptions extends Partial<DiscordOptions> {
  readonly standIn?: StandInDiscordOptions;
  /** The agent's settings, as in `AgentDefinition`. */
  readonly definition?: object;
  /** The lease under which the bot runs. */
  readonly lease?: Lease;
}

/** One account of the real adapter on a stand-in Discord, with a guild, a channel, a user and a bot. */
export async function openStage({
  standIn: standInOptions,
  definition,
  lease = withoutLease('agent-1'),
  ...options
}: AdapterOptions = {}) {
  const standIn = await startStandInDiscord({ identifyWindow: 0, ...standInOptions });
  onTestFinished(() => standIn.stop());
  const guild = standIn.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = standIn.addUser({ username: 'ada' });
  const bot = standIn.addBot({ username: 'helper', guilds: [guild] });
  const logger = collectingLogger();
  const received: { recipient: Recipient; message: IncomingMessage }[] = [];
  const discord = openDiscord({
    apiUrl: standIn.apiUrl,
    receive: (recipient, message) => {
      received.push({ recipient, message });
      return Promise.resolve(true);
    },
    logger,
    now: Date.now,
    ...options,
  });
  onTestFinished(() => discord.close());
  const view = {
    agentId: 'agent-1',
    definition: agentDefinitionSchema.parse({ name: 'Helper', ...definition }),
    agent: new EchoAgent({ prefix: '', suffix: '' }),
    lease,
    pause: undefined,
    presence: undefined as BotPresence | undefined,
  };
  const account = discord.openAccount(view, bot.token);
  onTestFinished(() => {
    account.close();
  });
  return {
    standIn,
    guild,
    general,
    ada,
    bot,
    logger,
    view,
    /** Connects, resuming a session where one is given. */
    connect: (session?: GatewaySession) => connect(account, session),
    /** Ends everything of this process, as far as it is the adapter's: what is to be written down is. */
    async stop() {
      account.close();
      await discord.close();
    },
    received,
    /** The n-th message that came in, counted from 0. */
    incoming: (n = 0) => vi.waitUntil(() => received[n], { timeout: 5_000, interval: 5 }),
  };
}

/** The same, connected. */
export async function connectStage(options: AdapterOptions = {}) {
  const stage = await openStage(options);
  return { ...stage, connection: await stage.connect() };
}

/** Ends a connection and goes on with its session, as a restarted host does: Discord tells nothing of guilds anew. */
export async function resume(
  stage: Awaited<ReturnType<typeof openStage>>,
  connection: Connection,
): Promise<Connection> {
  const session = connection.session();
  await connection.close({ resumable: true });
  return stage.connect(session);
}

/** How often a bot has asked for this. */
export function asked(bot: Bot, method: string, route: string): number {
  return bot.requests.filter((request) => request.method === method && request.route === route).length;
}

/** A value with everything that the errors in it hold, causes included, as text. */
export function everythingIn(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Error
      ? Object.fromEntries(Object.getOwnPropertyNames(part).map((key) => [key, Reflect.get(part, key)]))
      : part,
  );
}

async function connect(account: Account, session: GatewaySession | undefined): Promise<Connection> {
  const { signal } = new AbortController();
  const inspection = await account.inspect(signal);
  const beforeIdentify = (): Promise<void> => Promise.resolve();
  const options = { identity: inspection.identity, session, inspection, beforeIdentify };
  const connection = await account.connect(options, signal);
  onTestFinished(() => connection.close({ resumable: false }));
  return connection;
}
