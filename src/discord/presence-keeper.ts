import {
  ActivityType,
  type GatewayActivityUpdateData,
  type GatewayPresenceUpdateData,
  PresenceUpdateStatus,
} from 'discord-api-types/v10';
import type { BotActivity, BotPresence } from '../agents/agent-record.ts';

/**
 * Discord takes five updates in 20 seconds from a bot; one is left for what a restarted process does not know of.
 *
 * @see https://discord.com/developers/docs/events/gateway-events#update-presence
 */
const UPDATES = { limit: 4, perMs: 20_000 } as const;

/** What a {@link PresenceKeeper} works with. */
export interface PresenceKeeperTools {
  /** What the bot is to show now. */
  readonly presence: () => BotPresence | undefined;
  readonly now: () => number;
}

/** Has Discord show what a bot is to show, over all its connections; of many changes in a row it sends the last. */
export class PresenceKeeper {
  readonly #tools: PresenceKeeperTools;
  #send: ((data: GatewayPresenceUpdateData) => void) | undefined;
  /**
   * What Discord was told last, as JSON; undefined: that is not known. At first it is taken for what Discord shows by
   * itself: a resumed session costs no update, however often its process is started anew.
   */
  #told: string | undefined = JSON.stringify(presenceData(undefined));
  /** Whether Discord is known to have taken that in. */
  #isCertain = true;
  /** Whether this process has told Discord nothing yet. */
  #isAssumed = true;
  /** When the last updates were sent, in milliseconds. */
  #sentAt: number[] = [];
  #waiting: NodeJS.Timeout | undefined;

  constructor(tools: PresenceKeeperTools) {
    this.#tools = tools;
  }

  /** What goes out with an IDENTIFY. */
  initial(): GatewayPresenceUpdateData {
    const data = presenceData(this.#tools.presence());
    this.#told = JSON.stringify(data);
    this.#isCertain = true;
    this.#isAssumed = false;
    return data;
  }

  /**
   * There is a connection to tell Discord over. What was sent over the last one may not have arrived.
   *
   * @returns what to call when it is over
   */
  attach(send: (data: GatewayPresenceUpdateData) => void): () => void {
    this.#send = send;
    if (!this.#isCertain) this.#told = undefined;
    return () => {
      if (this.#send !== send) return;
      this.#send = undefined;
      clearTimeout(this.#waiting);
      this.#waiting = undefined;
    };
  }

  /** Discord may show something else than is taken for granted: it was changed while nobody was there to tell. */
  doubt(): void {
    if (this.#isAssumed) this.#told = undefined;
  }

  /** Tells Discord what the bot shows by now, unless it knows; a little later where that was too often. */
  update(): void {
    const send = this.#send;
    if (send === undefined || this.#waiting !== undefined) return;
    const data = presenceData(this.#tools.presence());
    const json = JSON.stringify(data);
    if (json === this.#told) return;
    const now = this.#tools.now();
    this.#sentAt = this.#sentAt.filter((at) => at <= now && now - at < UPDATES.perMs);
    const [oldest] = this.#sentAt;
    if (oldest !== undefined && this.#sentAt.length >= UPDATES.limit) {
      this.#waiting = setTimeout(
        () => {
          this.#waiting = undefined;
          this.update();
        },
        oldest + UPDATES.perMs - now,
      );
      return;
    }
    this.#sentAt.push(now);
    this.#told = json;
    this.#isCertain = false;
    this.#isAssumed = false;
    send(data);
  }
}

/** A presence in Discord's words. */
export function presenceData(presence: BotPresence | undefined): GatewayPresenceUpdateData {
  const { status = 'online', activity } = presence ?? {};
  return {
    since: null,
    activities: activity === undefined ? [] : [activityData(activity)],
    status: STATUSES[status],
    afk: false,
  };
}

/** A text alone is what Discord calls a state, under a name that it does not show. */
function activityData({ type, text }: BotActivity): GatewayActivityUpdateData {
  return type === 'custom'
    ? { name: 'Custom Status', type: ActivityType.Custom, state: text }
    : { name: text, type: ACTIVITIES[type] };
}

const STATUSES: Readonly<Record<BotPresence['status'], PresenceUpdateStatus>> = {
  online: PresenceUpdateStatus.Online,
  idle: PresenceUpdateStatus.Idle,
  dnd: PresenceUpdateStatus.DoNotDisturb,
  invisible: PresenceUpdateStatus.Invisible,
};

const ACTIVITIES: Readonly<Record<Exclude<BotActivity['type'], 'custom'>, ActivityType>> = {
  playing: ActivityType.Playing,
  listening: ActivityType.Listening,
  watching: ActivityType.Watching,
  competing: ActivityType.Competing,
};
