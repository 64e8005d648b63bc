import { GatewayDispatchEvents, type GatewayDispatchPayload } from 'discord-api-types/v10';
import { sleep } from '../util/sleep.ts';
import { type ChannelHead, channelHeads } from './readable-channels.ts';

/** What {@link ArrivingGuilds} waits for. */
export interface ArrivingGuildsOptions {
  /** The guilds that READY named. */
  readonly guildIds: readonly string[];
  readonly botUserId: string;
  /** Channels without a later message than this are passed over. */
  readonly after: string;
  /** How long none of the guilds may come before the rest is given up, in milliseconds. */
  readonly patience: number;
}

/** Gathers what Discord tells of a bot's guilds after READY: one guild after the other. */
export class ArrivingGuilds {
  readonly #options: ArrivingGuildsOptions;
  readonly #awaited: Set<string>;
  readonly #heads = new Map<string, ChannelHead>();
  #news = new AbortController();

  constructor(options: ArrivingGuildsOptions) {
    this.#options = options;
    this.#awaited = new Set(options.guildIds);
  }

  /** Takes in an event; those that are about other things are passed over. */
  update(event: GatewayDispatchPayload): void {
    if (event.t !== GatewayDispatchEvents.GuildCreate && event.t !== GatewayDispatchEvents.GuildDelete)
      return;
    if (event.t === GatewayDispatchEvents.GuildCreate && event.d.unavailable !== true) {
      const { botUserId, after } = this.#options;
      for (const head of channelHeads(event.d, botUserId, after)) this.#heads.set(head.id, head);
    }
    this.#awaited.delete(event.d.id);
    this.#news.abort();
    this.#news = new AbortController();
  }

  /** The channels of all guilds as they were told; resolves once every guild was, or no more are. */
  async channels(signal: AbortSignal): Promise<readonly ChannelHead[]> {
    while (this.#awaited.size > 0 && !signal.aborted) {
      const { signal: news } = this.#news;
      await sleep(this.#options.patience, AbortSignal.any([signal, news]));
      if (!news.aborted) break;
    }
    return [...this.#heads.values()];
  }
}
