import { Socket } from 'node:net';

/** The sockets of a pool of connections, so that all of them can be destroyed at once. */
export class Sockets {
  readonly #open = new Set<Socket>();
  #isOver = false;

  /** Makes one that is not connected yet. */
  readonly make = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    // Once its driver listens to it and has it connect.
    if (this.#isOver) setImmediate(() => socket.destroy(destroyed()));
    return socket;
  };

  /** Destroys them, and each that is made later: drivers hear of it as of a connection that was lost. */
  destroy(): void {
    this.#isOver = true;
    for (const socket of this.#open) socket.destroy(destroyed());
  }
}

function destroyed(): Error {
  return Object.assign(new Error('the connection to the database was destroyed'), { code: 'ECONNABORTED' });
}
