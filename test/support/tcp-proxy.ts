import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server that can be cut. */
export interface TcpProxy {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Closes all connections and refuses new ones; resolves once it does. */
  cut(): Promise<void>;
  /** Lets new connections through again. */
  restore(): Promise<void>;
  /**
   * Keeps every connection and takes new ones, and passes nothing on any more: the server is silent. Resolves once it is.
   *
   * @param text - begins when this comes along. Default: at once
   */
  swallow(text?: string): Promise<void>;
  /**
   * Lets this text through to the server and closes that connection in place of passing the answer on: the server has
   * done what it was told, and nobody heard of it. Resolves once that happened.
   *
   * @param time - which time the text comes along, counted from now on. Default: the first
   */
  loseAnswerTo(text: string, time?: number): Promise<void>;
}

/** Forwards to a server, as long as it is not cut. Gone with the test. */
export async function tcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const traps: { text: string; times: number; sprung: () => void }[] = [];
  let isSwallowing = false;
  let swallowing: { readonly text: string; readonly begin: () => void } | undefined;
  const server = createServer((client) => {
    const upstream = connect(target);
    let sprung: (() => void) | undefined;
    const destroy = (): void => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', destroy);
      socket.on('close', destroy);
    }
    client.on('data', (chunk) => {
      if (swallowing !== undefined && chunk.includes(swallowing.text)) swallowing.begin();
      if (isSwallowing) return;
      const [trap] = traps;
      if (trap !== undefined && chunk.includes(trap.text) && --trap.times === 0) {
        traps.shift();
        sprung = trap.sprung;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isSwallowing) return;
      if (sprung === undefined) client.write(chunk);
      else {
        destroy();
        sprung();
      }
    });
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    if (closed !== undefined) server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  onTestFinished(cut);
  return {
    port,
    cut,
    restore: () => listen(port),
    swallow: (text) =>
      new Promise((resolve) => {
        const begin = (): void => {
          isSwallowing = true;
          resolve();
        };
        if (text === undefined) begin();
        else swallowing = { text, begin };
      }),
    loseAnswerTo: (text, time = 1) =>
      new Promise((resolve) => {
        traps.push({ text, times: time, sprung: resolve });
      }),
  };
}
