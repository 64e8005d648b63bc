import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import { backOff } from '../util/back-off.ts';
import { sleep } from '../util/sleep.ts';
import { COMMAND_CHANNEL, type CommandListener } from './command-listener.ts';
import { clientConfig } from './postgresql-adapter.ts';
import { SERVER_TIMEOUTS, type ServerAddress } from './server-address.ts';

/** Between two tries to listen again, in milliseconds. */
const RETRY = { base: 500, cap: 15_000 };

/** Between two signs of life, in milliseconds: a connection that is dead without a word is noticed. */
const PULSE = 15_000;

/** How long a polite end may take, in milliseconds. */
const GOODBYE = 1_000;

/**
 * Listens for commands to bots, on a connection of its own that is made anew whenever it is lost. What was sent
 * meanwhile is told of then.
 */
export class PostgresqlListener implements CommandListener {
  readonly #address: ServerAddress;
  readonly #onCommand: () => void;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #isListening = false;

  /** Begins to listen at once. */
  constructor(address: ServerAddress, onCommand: () => void, logger: Logger) {
    this.#address = address;
    this.#onCommand = onCommand;
    this.#logger = logger;
    this.#running = this.#run();
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.#listen();
      } catch (error) {
        if (this.#isListening) failures = 1;
        // Once for each outage.
        if (failures === 1)
          this.#logger.warn('not told of commands to bots for now; looking for them instead', { error });
      }
      this.#isListening = false;
      await sleep(backOff(RETRY, failures, Math.random()), signal);
    }
  }

  /** Listens until the connection is lost, which is thrown, or until it is to stop. */
  async #listen(): Promise<void> {
    const { signal } = this.#stopping;
    const client = new pg.Client({ ...clientConfig(this.#address), query_timeout: SERVER_TIMEOUTS.connect });
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    client.on('error', lost.reject);
    client.on('end', () => {
      lost.reject(new Error('the connection ended'));
    });
    client.on('notification', this.#onCommand);
    try {
      await client.connect();
      await client.query(`LISTEN ${COMMAND_CHANNEL}`);
      this.#isListening = true;
      // Whatever came before is told of by nobody.
      this.#onCommand();
      while (!signal.aborted) {
        await Promise.race([sleep(PULSE, signal), lost.promise]);
        await Promise.race([client.query('SELECT 1'), lost.promise]);
      }
    } finally {
      await end(client);
    }
  }
}

/** A connection that is dead without a word does not answer a goodbye either. */
async function end(client: pg.Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, sleep(GOODBYE, new AbortController().signal)]);
  const { stream } = Reflect.get(client, 'connection') as { readonly stream: Duplex };
  stream.destroy();
}
