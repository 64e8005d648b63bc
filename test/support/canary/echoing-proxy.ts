import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server in front of another one, which now and then answers by itself: an error that quotes the request. */
export interface EchoingProxy {
  /** Its own address, without a path. */
  readonly origin: string;
  /** From now on requests are answered with this status whose method, path and login match: `POST /x Bot abc`. */
  echo(route: RegExp, status: number): void;
  /** How many requests were answered so. */
  readonly echoed: number;
  stop(): Promise<void>;
}

/** @param target - the origin of the server behind it; undefined: it answers everything by itself, with 401 */
export async function startEchoingProxy(target?: string): Promise<EchoingProxy> {
  const rules: { route: RegExp; status: number }[] =
    target === undefined ? [{ route: /./, status: 401 }] : [];
  let echoed = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const body = await buffer(request);
    const rule = rules.find(({ route }) => route.test(`${method} ${url} ${headers.authorization ?? ''}`));
    if (rule !== undefined || target === undefined) {
      echoed += 1;
      const quoted = `refused: ${headers.authorization ?? String(headers['x-api-key'])} at ${url}`;
      const error = { message: quoted, type: 'invalid_request_error', code: null, param: null };
      response.writeHead(rule?.status ?? 401, { 'content-type': 'application/json', 'x-echo': quoted });
      response.end(JSON.stringify({ message: quoted, code: 50_035, errors: { headers }, error }));
      return;
    }
    const sent = { ...headers, host: new URL(target).host };
    const answer = await fetch(target + url, {
      method,
      headers: Object.entries(sent).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' && !/^(connection|content-length|transfer-encoding|expect)$/.test(name)
          ? [[name, value]]
          : [],
      ),
      ...(body.length > 0 && { body }),
    });
    const plain = [...answer.headers].filter(
      ([name]) => !/^(content-length|content-encoding|transfer)/.test(name),
    );
    response.writeHead(answer.status, Object.fromEntries(plain));
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    echo: (route, status) => rules.push({ route, status }),
    get echoed() {
      return echoed;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
