// The floor: the same echo on a WebSocket and keep-alive HTTP without any Discord library.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import WebSocket from 'ws';
import { echoOf, INTENTS, readAssignment } from './assignment.ts';

const { apiUrl, tokens } = await readAssignment();
const agent = new Agent({ keepAlive: true });
await Promise.all(tokens.map((token) => startBot(token)));

interface Payload {
  readonly op: number;
  readonly t: string | null;
  readonly s: number | null;
  readonly d: unknown;
}

interface Message {
  readonly id: string;
  readonly channel_id: string;
  readonly content: string;
  readonly author: { readonly bot?: boolean };
  readonly mentions: readonly { readonly id: string }[];
}

async function startBot(token: string): Promise<void> {
  const { url } = JSON.parse(await call(token, 'GET', '/gateway/bot')) as { url: string };
  const socket = new WebSocket(`${url}/?v=10&encoding=json`, { perMessageDeflate: false });
  let userId = '';
  let sequence: number | null = null;
  const send = (op: number, d: unknown): void => {
    socket.send(JSON.stringify({ op, d }));
  };
  socket.on('message', (data: Buffer) => {
    const { op, t, s, d } = JSON.parse(data.toString()) as Payload;
    sequence = s ?? sequence;
    if (op === 10) {
      const { heartbeat_interval: interval } = d as { heartbeat_interval: number };
      setInterval(() => {
        send(1, sequence);
      }, interval);
      send(2, { token, intents: INTENTS, properties: { os: 'linux', browser: 'raw', device: 'raw' } });
    } else if (t === 'READY') {
      userId = (d as { user: { id: string } }).user.id;
    } else if (t === 'MESSAGE_CREATE') {
      answer(token, userId, d as Message);
    }
  });
  socket.on('close', (code) => {
    throw new Error(`the gateway closed the connection (${code})`);
  });
}

function answer(token: string, userId: string, message: Message): void {
  if (message.author.bot === true || !message.mentions.some(({ id }) => id === userId)) return;
  void call(token, 'POST', `/channels/${message.channel_id}/messages`, {
    content: echoOf(message.content, userId),
    allowed_mentions: { parse: [], replied_user: true },
    message_reference: { message_id: message.id, fail_if_not_exists: false },
  });
}

function call(token: string, method: string, path: string, body?: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = {
    authorization: `Bot ${token}`,
    'user-agent': 'DiscordBot (raw, 1)',
    'content-type': 'application/json',
  };
  const outgoing = request(`${apiUrl}/v10${path}`, { method, agent, headers }, (response) => {
    text(response).then(resolve, reject);
  });
  outgoing.on('error', reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
