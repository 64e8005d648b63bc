import type { ServerResponse } from 'node:http';

/** The answers that are being given. */
export class ResponsesInFlight {
  readonly #open = new Map<ServerResponse, Promise<void>>();

  /** Counts one, until it is given or its reader is gone. */
  add(response: ServerResponse): void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#open.set(response, promise);
    response.once('close', () => {
      this.#open.delete(response);
      resolve(undefined);
    });
  }

  /**
   * Resolves once all that are open now are given, and cuts off those that take longer.
   *
   * @param patience - in milliseconds
   * @returns how many were cut off
   */
  async settle(patience: number): Promise<number> {
    const open = [...this.#open];
    let cut = 0;
    const timer = setTimeout(() => {
      const late = open.filter(([response]) => this.#open.has(response));
      cut = late.length;
      for (const [response] of late) response.destroy();
    }, patience);
    await Promise.all(open.map(([, given]) => given));
    clearTimeout(timer);
    return cut;
  }
}
