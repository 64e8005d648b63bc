// The yardstick: an echo loop on @discordjs/core and nothing else, many bots in one process. No journal, no retries,
// no order, no limits.
import { Client, GatewayDispatchEvents } from '@discordjs/core';
import { REST } from '@discordjs/rest';
import { type SessionInfo, WebSocketManager } from '@discordjs/ws';
import { echoOf, INTENTS, readAssignment } from './assignment.ts';

const { apiUrl, tokens } = await readAssignment();
await Promise.all(tokens.map((token) => startBot(token)));

async function startBot(token: string): Promise<void> {
  // Without its own limit of 50 requests a second, so that one bot can be driven hard.
  const limits = { globalRequestsPerSecond: Number.POSITIVE_INFINITY };
  const rest = new REST({ api: apiUrl, ...limits }).setToken(token);
  let session: SessionInfo | null = null;
  const gateway = new WebSocketManager({
    token,
    intents: INTENTS,
    rest,
    // The default store is shared by all managers of a process, which mixes bots up.
    retrieveSessionInfo: () => session,
    updateSessionInfo: (_, info) => {
      session = info;
    },
  });
  const client = new Client({ rest, gateway });
  let userId = '';
  client.on(GatewayDispatchEvents.Ready, ({ data }) => {
    userId = data.user.id;
  });
  client.on(GatewayDispatchEvents.MessageCreate, ({ api, data: message }) => {
    if (message.author.bot === true || !message.mentions.some(({ id }) => id === userId)) return;
    void api.channels.createMessage(message.channel_id, {
      content: echoOf(message.content, userId),
      allowed_mentions: { parse: [], replied_user: true },
      message_reference: { message_id: message.id, fail_if_not_exists: false },
    });
  });
  await gateway.connect();
}
