import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import { sleep } from '../util/sleep.ts';
import { KeptLease, thisMoment } from './kept-lease.ts';
import type { LeaseHolder, LeaseStore } from './lease-store.ts';
import type { Lease } from './lease.ts';
import { mayTake } from './may-take.ts';

/** How long leases last and how often they are looked at, in milliseconds. */
export interface LeaseTimes {
  /** How long a lease lasts that nobody renews: so long its bot stays down when its host dies. */
  readonly ttl: number;
  /** How long before that it is no longer taken for granted. What is sent off meanwhile has to arrive within it. */
  readonly margin: number;
  /** Between two renewals. */
  readonly renewInterval: number;
  /** Between two tries while the database cannot be reached. */
  readonly retryInterval: number;
  /** Between two looks whether a lease that another host held has become free. */
  readonly lookInterval: number;
}

/** A bot whose host died runs elsewhere after 15 seconds at the latest, and the time that it takes to connect. */
export const LEASE_TIMES: LeaseTimes = {
  ttl: 12_000,
  margin: 3_000,
  renewInterval: 4_000,
  retryInterval: 500,
  lookInterval: 3_000,
};

/** What a keeper works with. */
export interface LeaseKeeperTools {
  readonly store: LeaseStore;
  /** This process. */
  readonly holder: LeaseHolder;
  readonly logger: Logger;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch;
  /** Told when a lease was lost to another process. */
  readonly onLost?: (agentId: string) => void;
  /** Told when another process holds a lease under this one's id: both believe to be the same. */
  readonly onTwin?: (agentId: string) => void;
}

/** The leases of this process: takes them, renews them, and notices when one is lost or can be had. */
export class LeaseKeeper {
  readonly #tools: LeaseKeeperTools;
  readonly #watch: PartWatch;
  readonly #times: LeaseTimes;
  readonly #kept = new Map<string, KeptLease>();
  readonly #stopping = new AbortController();
  #watched: ReadonlySet<string> = new Set();
  #onChange: () => void = () => undefined;
  #loops: Repeating[] = [];
  /** The renewal that is under way. */
  #renewing: Promise<boolean> | undefined;
  /** Releases that are under way: what is released must not be claimed before. */
  #releasing: Promise<void> = Promise.resolve();
  #failingSince: Date | undefined;
  /** Claims that are under way. */
  #claiming = 0;

  constructor(tools: LeaseKeeperTools, times: Partial<LeaseTimes> = {}) {
    this.#tools = tools;
    this.#watch = tools.watch ?? logDefects('leases', tools.logger);
    this.#times = { ...LEASE_TIMES, ...times };
  }

  /**
   * Renews from now on what is held, and looks after what is watched.
   *
   * @param onChange - told when a lease was lost or one that is watched can be had
   */
  start(onChange: () => void): void {
    this.#onChange = onChange;
    this.#loops = [
      repeat(
        async () => {
          await this.#renew();
        },
        () => (this.#failingSince === undefined ? this.#times.renewInterval : this.#times.retryInterval),
        { watch: this.#watch },
      ),
      repeat(
        () => this.#look(),
        () => this.#times.lookInterval,
        { watch: this.#watch },
      ),
    ];
  }

  /** The agents whose leases are held. */
  get held(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Since when leases cannot be renewed, for want of a database; undefined while they can. */
  get outage(): { readonly since: Date; readonly waiting: number } | undefined {
    return this.#failingSince && { since: this.#failingSince, waiting: 0 };
  }

  /** An agent's lease; undefined while it is not held. */
  lease(agentId: string): Lease | undefined {
    return this.#kept.get(agentId);
  }

  /** The agents whose bots other hosts run, with the names of those hosts. */
  async elsewhere(): Promise<ReadonlyMap<string, string>> {
    const { store, holder } = this.#tools;
    const taken = (await store.list()).filter((lease) => !mayTake(lease, holder));
    return new Map(taken.map(({ agentId, holder: { hostName } }) => [agentId, hostName]));
  }

  /** Takes those of these leases that can be had; which were shows in {@link lease}. */
  async claim(agentIds: readonly string[]): Promise<void> {
    await this.#releasing;
    const asked = thisMoment();
    const { store, holder } = this.#tools;
    const { ttl, margin } = this.#times;
    this.#claiming += 1;
    const gained = await store.claim(agentIds, holder, ttl).finally(() => {
      this.#claiming -= 1;
    });
    for (const [agentId, fence] of gained) {
      this.#kept.get(agentId)?.end();
      const lease = new KeptLease(agentId, fence, asked, ttl - margin, () => this.#confirm());
      this.#kept.set(agentId, lease);
    }
  }

  /** Looks after these leases, which other hosts hold, from the next look on, and after no others. */
  watch(agentIds: Iterable<string>): void {
    this.#watched = new Set(agentIds);
  }

  /** Gives leases up, those that are held; resolves once others may take them. Never rejects. */
  async release(agentIds: readonly string[]): Promise<void> {
    const fences = new Map<string, bigint>();
    for (const agentId of agentIds) {
      const lease = this.#kept.get(agentId);
      if (lease === undefined) continue;
      this.#kept.delete(agentId);
      lease.end();
      fences.set(agentId, lease.fence);
    }
    if (fences.size === 0) return;
    const { store, holder, logger } = this.#tools;
    const released = store.release(fences, holder).catch((error: unknown) => {
      logger.warn('could not release bots; other hosts have to wait until their leases run out', { error });
    });
    this.#releasing = Promise.all([this.#releasing, released]).then(() => undefined);
    await released;
  }

  /** Releases everything and looks after nothing any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.release(this.held), ...this.#loops.map((loop) => loop.stop())]);
    await this.#releasing;
  }

  /** For a lease that is not certain any more: asks, and waits a little when there was no answer. */
  async #confirm(): Promise<void> {
    if (!(await this.#renew())) await sleep(this.#times.retryInterval, this.#stopping.signal);
  }

  /** One renewal of all that is held, whoever asks for it meanwhile. False when the database did not answer. */
  #renew(): Promise<boolean> {
    this.#renewing ??= this.#renewHeld().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewHeld(): Promise<boolean> {
    const leases = [...this.#kept.values()];
    if (leases.length === 0) return true;
    const { store, holder, logger } = this.#tools;
    const asked = thisMoment();
    try {
      const fences = new Map(leases.map(({ agentId, fence }) => [agentId, fence]));
      const still = await store.renew(fences, holder, this.#times.ttl);
      for (const lease of leases) {
        if (still.has(lease.agentId)) lease.confirm(asked);
        else this.#lose(lease);
      }
      if (this.#failingSince !== undefined) logger.info('leases are renewed again');
      this.#failingSince = undefined;
      this.#watch.worked();
      return true;
    } catch (error) {
      this.#watch.failed(error);
      if (this.#failingSince === undefined) {
        logger.warn('cannot renew the leases of bots; trying again', { error });
        this.#failingSince = new Date();
      }
      return false;
    }
  }

  #lose(lease: KeptLease): void {
    // What was released meanwhile, or taken anew, is not lost.
    if (this.#kept.get(lease.agentId) !== lease) return;
    this.#kept.delete(lease.agentId);
    lease.end();
    this.#tools.onLost?.(lease.agentId);
    void this.#lookForTwin(lease.agentId);
    this.#onChange();
  }

  /** Whoever has the lease has an id of its own, unless a running machine was copied. Never rejects. */
  async #lookForTwin(agentId: string): Promise<void> {
    const { store, holder, onTwin } = this.#tools;
    const leases = await store.list().catch(() => []);
    const taken = leases.find((lease) => lease.agentId === agentId);
    const isOwn = this.#claiming > 0 || this.#kept.has(agentId);
    if (isOwn || taken?.holder.processId !== holder.processId) return;
    onTwin?.(agentId);
  }

  async #look(): Promise<void> {
    if (this.#watched.size === 0) return;
    try {
      const elsewhere = await this.elsewhere();
      if ([...this.#watched].some((agentId) => !elsewhere.has(agentId))) this.#onChange();
    } catch (error) {
      this.#tools.logger.debug('could not look whether a lease is free', { error });
    }
  }
}
