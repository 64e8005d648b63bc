import type { Duplex } from 'node:stream';

/**
 * Has everything that is written to a socket during one turn of the event loop leave in one piece at its end.
 * With fifty sockets, nearly all the time that a message costs goes into handing it to the system.
 */
export class WriteBatch {
  readonly #held = new Set<Duplex>();
  #waiting = false;

  /** Holds a socket's writes until the turn ends. */
  hold(socket: Duplex): void {
    if (this.#held.has(socket)) return;
    if (!this.#waiting) setImmediate(this.#release);
    this.#waiting = true;
    this.#held.add(socket);
    socket.cork();
  }

  /** Lets go of what is held for a socket, as something large follows. */
  flush(socket: Duplex): void {
    if (this.#held.delete(socket)) socket.uncork();
  }

  readonly #release = (): void => {
    for (const socket of this.#held) socket.uncork();
    this.#held.clear();
    this.#waiting = false;
  };
}
