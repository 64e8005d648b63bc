import type { Duplex } from 'node:stream';

/**
 * Has everything that is written to a socket during one turn of the event loop leave in one piece at its end.
 * With fifty sockets, nearly all the time that a message costs goes into handing it to the system.
 */
export class WriteBatch {
  readonly #held = new Set<Duplex>();

  /** Holds a socket's writes until the turn ends. */
  hold(socket: Duplex): void {
    if (this.#held.has(socket)) return;
    if (this.#held.size === 0) setImmediate(this.#release);
    this.#held.add(socket);
    socket.cork();
  }

  readonly #release = (): void => {
    for (const socket of this.#held) socket.uncork();
    this.#held.clear();
  };
}
