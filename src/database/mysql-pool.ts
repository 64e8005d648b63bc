import type { Connection, Pool } from 'mariadb';
import { isUnavailable } from './database-errors.ts';
import { SERVER_TIMEOUTS } from './server-address.ts';

/** A connection that is not in use, since when, and what takes it out when it was lost. */
interface Idle {
  readonly connection: Connection;
  readonly timer: NodeJS.Timeout;
}

/** Whoever waits for a connection, and what ends its patience as long as none is meant for it. */
interface Waiter {
  readonly promised: PromiseWithResolvers<Connection>;
  readonly timer: NodeJS.Timeout;
}

/**
 * A few connections to a MySQL server, made when they are needed. The driver's own pool hides for ten seconds that the
 * server is gone, and finds out as late that it is back.
 */
export class MysqlPool {
  readonly #open: () => Promise<Connection>;
  readonly #size: number;
  readonly #idle: Idle[] = [];
  readonly #waiting: Waiter[] = [];
  /** Connections that are open or being opened. */
  #count = 0;
  #ended = false;

  constructor(open: () => Promise<Connection>, size: number) {
    this.#open = open;
    this.#size = size;
  }

  /** As much of the driver's own pool as Prisma's adapter calls. */
  get forPrisma(): Pool {
    const pool: Pick<Pool, 'getConnection' | 'query' | 'execute' | 'end'> = {
      getConnection: async () => this.#guarded(await this.#take()),
      query: (async (...args: Parameters<Pool['query']>) =>
        this.#use((connection) => connection.query(...args))) as Pool['query'],
      execute: (async (...args: Parameters<Pool['execute']>) =>
        this.#use((connection) => connection.execute(...args))) as Pool['execute'],
      end: () => this.#end(),
    };
    return pool as Pool;
  }

  async #use<Result>(run: (connection: Connection) => Promise<Result>): Promise<Result> {
    const connection = await this.#take();
    try {
      const result = await run(connection);
      this.#giveBack(connection);
      return result;
    } catch (error) {
      if (isUnavailable(error)) this.#discard(connection);
      else this.#giveBack(connection);
      throw error;
    }
  }

  /** A connection for a transaction, closed at its end if the transaction may still be open then. */
  #guarded(connection: Connection): Awaited<ReturnType<Pool['getConnection']>> {
    let spoiled = false;
    const watch =
      <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>, always: boolean) =>
      async (...args: Args): Promise<Result> => {
        try {
          return await run(...args);
        } catch (error) {
          spoiled ||= always || isUnavailable(error);
          throw error;
        }
      };
    const guarded = {
      // Only what begins and ends a transaction comes this way.
      query: watch(connection.query.bind(connection), true),
      execute: watch(connection.execute.bind(connection), false),
      on: connection.on.bind(connection),
      off: connection.off.bind(connection),
      release: () => {
        if (spoiled) this.#discard(connection);
        else this.#giveBack(connection);
        return Promise.resolve();
      },
    };
    return guarded as unknown as Awaited<ReturnType<Pool['getConnection']>>;
  }

  async #take(): Promise<Connection> {
    if (this.#ended) throw new Error('the connections to the database were closed: Client was closed');
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.connection.isValid()) return idle.connection;
      this.#discard(idle.connection);
    }
    return this.#count < this.#size ? this.#make() : this.#wait();
  }

  async #make(): Promise<Connection> {
    this.#count += 1;
    try {
      const connection = await this.#open();
      // What is lost while nobody uses it is found out when it is taken.
      connection.on('error', () => undefined);
      return connection;
    } catch (error) {
      this.#count -= 1;
      // Whoever waits would wait for one that nobody gives back.
      if (this.#count === 0) this.#failAll(error);
      else this.#replace();
      throw error;
    }
  }

  #wait(): Promise<Connection> {
    const promised = Promise.withResolvers<Connection>();
    const waiter: Waiter = {
      promised,
      timer: setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        promised.reject(new Error('no connection was free for too long'));
      }, SERVER_TIMEOUTS.free),
    };
    this.#waiting.push(waiter);
    return promised.promise;
  }

  /** Who has waited longest, to be given a connection or an error: it must not give up before that. */
  #nextWaiter(): PromiseWithResolvers<Connection> | undefined {
    const waiter = this.#waiting.shift();
    clearTimeout(waiter?.timer);
    return waiter?.promised;
  }

  #failAll(error: unknown): void {
    while (this.#waiting.length > 0) this.#nextWaiter()?.reject(error);
  }

  #giveBack(connection: Connection): void {
    if (this.#ended || !connection.isValid()) {
      this.#discard(connection);
      return;
    }
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      waiter.resolve(connection);
      return;
    }
    const idle: Idle = {
      connection,
      timer: setTimeout(() => {
        this.#idle.splice(this.#idle.indexOf(idle), 1);
        this.#close(connection);
      }, SERVER_TIMEOUTS.idleConnection),
    };
    idle.timer.unref();
    this.#idle.push(idle);
  }

  #discard(connection: Connection): void {
    this.#count -= 1;
    connection.destroy();
    this.#replace();
  }

  #close(connection: Connection): void {
    this.#count -= 1;
    connection.end().catch(() => {
      connection.destroy();
    });
  }

  /** A connection for the next who waits, in place of one that is gone. */
  #replace(): void {
    if (this.#ended || this.#count >= this.#size) return;
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) this.#make().then(waiter.resolve, waiter.reject);
  }

  async #end(): Promise<void> {
    this.#ended = true;
    const idle = this.#idle.splice(0);
    this.#failAll(new Error('Client was closed'));
    await Promise.all(
      idle.map(async ({ connection, timer }) => {
        clearTimeout(timer);
        this.#count -= 1;
        await connection.end().catch(() => {
          connection.destroy();
        });
      }),
    );
  }
}
