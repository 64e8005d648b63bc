import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server that can be cut off. Gone with the test. */
export interface CutOffProxy {
  readonly port: number;
  /** Breaks every connection off, and refuses new ones. */
  cut(): Promise<void>;
  /** Lets connections through again. */
  mend(): Promise<void>;
  /** Swallows from now on whatever either side says; connections stay. */
  silence(): void;
}

/** Opens a way to this server. */
export async function openProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<CutOffProxy> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const listen = async (port: number): Promise<Server> => {
    const server = createServer((client) => {
      const upstream = connect(target);
      keep(client);
      keep(upstream);
      client.on('data', (chunk) => {
        if (!isSilent) upstream.write(chunk);
      });
      upstream.on('data', (chunk) => {
        if (!isSilent) client.write(chunk);
      });
      client.once('close', () => upstream.destroy());
      upstream.once('close', () => client.destroy());
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : Promise.resolve();
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(cut);
  return {
    port,
    cut,
    silence() {
      isSilent = true;
    },
    async mend() {
      server = await listen(port);
    },
  };
}
