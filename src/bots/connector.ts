import { requiresMessageContent } from '../agents/agent-types.ts';
import type { BotIdentity } from '../agents/agent-record.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayObserver } from '../observability/observers/gateway-observer.ts';
import type { Account, BotView, Connection } from './account.ts';
import { BotFailure } from './bot-failure.ts';
import type { GatewaySession, SessionStore } from './gateway-session.ts';
import { checkIdentifyBudget, type IdentifyTools } from './identify-budget.ts';

/** What a connector works with. */
export interface ConnectorTools extends IdentifyTools {
  readonly sessions: SessionStore;
  /** Told who the token belongs to. */
  readonly onIdentity: (agentId: string, identity: BotIdentity) => void;
  /** Default: nobody listens. */
  readonly observer?: GatewayObserver;
}

/** Resumes in a row that Discord may answer and that fail all the same, before the session is given up. */
const MAX_FAILED_RESUMES = 3;

/**
 * How long a session is held on to while its gateway cannot be reached, in milliseconds. Discord keeps one for a few
 * minutes; its address may be gone for good while the rest of Discord is well.
 */
const SESSION_PATIENCE = 300_000;

/** Brings one bot onto the gateway the cheapest way there is: resumes its session, or checks and identifies. */
export class Connector {
  readonly #bot: BotView;
  readonly #tools: ConnectorTools;
  readonly #logger: Logger;
  #identity: BotIdentity | undefined;
  #session: GatewaySession | undefined;
  #failedResumes = 0;
  #unreachableSince: number | undefined;

  /** @param identity - who the token belongs to, if that is known from an earlier time */
  constructor(bot: BotView, identity: BotIdentity | undefined, tools: ConnectorTools, logger: Logger) {
    this.#bot = bot;
    this.#identity = identity;
    this.#tools = tools;
    this.#logger = logger;
  }

  /** The session that the next connection goes on with. */
  get session(): GatewaySession | undefined {
    return this.#session;
  }

  /**
   * Connects; resolves once the bot is ready or its session resumed.
   *
   * @throws {BotFailure}
   */
  async connect(account: Account, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const session = await this.#resumableSession();
    if (session !== undefined && this.#identity !== undefined && this.#trustsSession()) {
      return this.#resume(account, this.#identity, session, signal);
    }
    const inspection = await account.inspect(signal);
    this.#identity = inspection.identity;
    this.#tools.onIdentity(this.#bot.agentId, inspection.identity);
    if (!inspection.messageContent && requiresMessageContent(this.#bot.definition)) {
      throw missingMessageContent(inspection.identity);
    }
    if (this.#session !== undefined) await this.forget();
    await checkIdentifyBudget(inspection, this.#tools, signal);
    const { identity } = inspection;
    const beforeIdentify = async (): Promise<void> => {
      await this.#tools.identifies.record(identity.applicationId, this.#tools.now());
      this.#tools.observer?.identified(this.#bot.agentId);
    };
    const connection = await account.connect(
      { identity, session: undefined, inspection, beforeIdentify },
      signal,
    );
    // On record at once, not with the next round: a process that dies young must not cost identifies.
    void this.#save(connection.session());
    return connection;
  }

  async #resume(
    account: Account,
    identity: BotIdentity,
    session: GatewaySession,
    signal: AbortSignal,
  ): Promise<Connection> {
    const beforeIdentify = (): Promise<void> =>
      Promise.reject(new Error('a session is resumed, not identified'));
    try {
      const connection = await account.connect(
        { identity, session, inspection: undefined, beforeIdentify },
        signal,
      );
      this.#failedResumes = 0;
      this.#unreachableSince = undefined;
      this.#tools.observer?.resumed(this.#bot.agentId);
      return connection;
    } catch (error) {
      if (error instanceof BotFailure && error.unreachable)
        this.#unreachableSince ??= this.#tools.now().getTime();
      else this.#failedResumes += 1;
      throw error;
    }
  }

  /** Whether the session is still worth a try. A check over REST comes before it is given up. */
  #trustsSession(): boolean {
    const unreachableFor = this.#tools.now().getTime() - (this.#unreachableSince ?? Number.POSITIVE_INFINITY);
    return this.#failedResumes < MAX_FAILED_RESUMES && unreachableFor < SESSION_PATIENCE;
  }

  /** Keeps the session of a connection that is over, for the next one. */
  keep(session: GatewaySession | undefined): void {
    this.#session = session;
  }

  /** Gives the session up: the next connection identifies. */
  async forget(): Promise<void> {
    this.#session = undefined;
    this.#failedResumes = 0;
    this.#unreachableSince = undefined;
    await this.#save(undefined);
  }

  async #save(session: GatewaySession | undefined): Promise<void> {
    const { agentId, lease } = this.#bot;
    // What is on record is by now the session of the host that took the bot over.
    if (lease.signal.aborted) return;
    try {
      const sessions = session === undefined ? [] : [session];
      await this.#tools.sessions.save(new Map([[agentId, { fence: lease.fence, sessions }]]));
    } catch (error) {
      // It costs one resume in vain, or one identify.
      this.#logger.warn('could not save a gateway session', { error });
    }
  }

  /** The session to go on with, unless it is another application's or lacks what the settings need by now. */
  async #resumableSession(): Promise<GatewaySession | undefined> {
    this.#session ??= (await this.#tools.sessions.load(this.#bot.agentId))[0];
    const { applicationId, messageContent } = this.#session ?? {};
    const foreign = applicationId !== this.#identity?.applicationId;
    const blind = messageContent === false && requiresMessageContent(this.#bot.definition);
    if (foreign || blind) this.#session = undefined;
    return this.#session;
  }
}

/** Why an agent that needs MESSAGE_CONTENT is parked, with the page where the switch is. */
function missingMessageContent({ applicationId }: BotIdentity): BotFailure {
  return new BotFailure(
    'its settings need the message content intent, which is switched off for its application',
    {
      kind: 'intents-needed',
      recheck: true,
      remedy: `Switch on "Message Content Intent" at https://discord.com/developers/applications/${applicationId}/bot; the bot starts within a minute`,
    },
  );
}
