import { GatewayCloseCodes, GatewayIntentBits } from 'discord-api-types/v10';
import type { Bot } from './bot.ts';
import type { Core } from './core.ts';
import type { GatewayConnection } from './gateway-connection.ts';
import { GatewaySession } from './gateway-session.ts';
import { PLAIN_PRESENCE, showPresence, type ShownPresence, wrongPresence } from './presence.ts';

const KNOWN_INTENTS = Object.values(GatewayIntentBits)
  .filter((bit) => typeof bit === 'number')
  .reduce<number>((all, bit) => all | bit, 0);

interface Identify {
  token: string;
  intents: number;
  shard?: [number, number];
  presence?: ShownPresence;
}

/** op 2: a new session, or the close code that Discord has for what is wrong. */
export function identify(core: Core, connection: GatewayConnection, d: unknown): void {
  if (!isIdentify(d)) {
    connection.refuse(GatewayCloseCodes.DecodeError, 'an identify without token, intents or properties');
    return;
  }
  const wrong = d.presence === undefined ? undefined : wrongPresence(d.presence);
  if (wrong !== undefined) {
    connection.refuse(GatewayCloseCodes.DecodeError, wrong);
    return;
  }
  const bot = authenticate(core, connection, d.token, 'an identify');
  if (!bot) return;
  const shard = d.shard ?? [0, 1];
  if (!(shard[0] >= 0 && shard[0] < shard[1])) {
    connection.refuse(GatewayCloseCodes.InvalidShard, `shard ${shard.join(' of ')}`);
    return;
  }
  if (!spendIdentify(core, bot, shard[0])) {
    connection.invalidateSession(false);
    return;
  }
  if (!Number.isInteger(d.intents) || (d.intents & ~KNOWN_INTENTS) !== 0) {
    connection.refuse(GatewayCloseCodes.InvalidIntents, `intents ${d.intents}`);
  } else if ((d.intents & bot.disallowedIntents) !== 0) {
    core.happenings.note(`${bot.username} asked for an intent that its application has switched off (4014)`);
    connection.close(GatewayCloseCodes.DisallowedIntents);
  } else {
    open(core, connection, bot, d, shard);
  }
}

/** op 6: the rest of a session, everything missed first; or op 9 when it is unknown. */
export function resume(core: Core, connection: GatewayConnection, d: unknown): void {
  const { token, session_id: id, seq } = (d ?? {}) as Record<string, unknown>;
  if (typeof token !== 'string' || typeof id !== 'string' || typeof seq !== 'number') {
    connection.refuse(GatewayCloseCodes.DecodeError, 'a resume without token, session_id or seq');
    return;
  }
  const bot = authenticate(core, connection, token, 'a resume');
  if (!bot) return;
  const session = core.gateway.session(id);
  if (session?.bot !== bot) {
    core.happenings.note(`${bot.username} wanted to resume a session that is not there`);
    connection.invalidateSession(false);
  } else if (seq > session.seq) {
    connection.refuse(
      GatewayCloseCodes.InvalidSeq,
      `a resume from ${seq}, where the session is at ${session.seq}`,
    );
  } else if (!session.canReplayAfter(seq)) {
    core.happenings.note(`${bot.username} wanted to resume from ${seq}, which is no longer kept`);
    core.gateway.end(session);
    connection.invalidateSession(false);
  } else {
    session.connection?.close(GatewayCloseCodes.UnknownError);
    connection.attach(session);
    bot.resumes++;
    const missed = session.replayAfter(seq);
    session.dispatch('RESUMED', '{"_trace":["stand-in"]}');
    core.happenings.note(`${bot.username} resumed at ${seq}; ${missed} event(s) were sent again`);
  }
}

function isIdentify(d: unknown): d is Identify {
  const { token, intents, properties, shard } = (d ?? {}) as Record<string, unknown>;
  return (
    typeof token === 'string' &&
    typeof intents === 'number' &&
    typeof properties === 'object' &&
    (shard === undefined || (Array.isArray(shard) && shard.length === 2))
  );
}

function authenticate(
  core: Core,
  connection: GatewayConnection,
  token: string,
  what: string,
): Bot | undefined {
  const bot = core.world.botsByToken.get(token);
  if (bot) return bot;
  core.world.refuse(token, what);
  core.happenings.note(`The gateway refused a token at ${what} (4004)`);
  connection.close(GatewayCloseCodes.AuthenticationFailed);
  return undefined;
}

/** Counts an identify against everything that limits them. @returns whether it may go on */
function spendIdentify(core: Core, bot: Bot, shard: number): boolean {
  const { maxConcurrency, identifyWindow } = core.settings;
  bot.identifies++;
  if (bot.identifies > bot.allowedIdentifies) {
    core.violations.add(
      `${bot.username} identified ${bot.identifies} times, and ${bot.allowedIdentifies} was allowed; each counts towards the 1,000 a day.`,
    );
  }
  if (bot.sessionStarts.remaining <= 0) {
    core.violations.add(`${bot.username} identified although it had no session start left.`);
    return false;
  }
  bot.sessionStarts.remaining--;
  const key = shard % maxConcurrency;
  const now = core.now();
  const last = bot.lastIdentifies.get(key);
  bot.lastIdentifies.set(key, now);
  if (last === undefined || now - last >= identifyWindow) return true;
  core.happenings.note(`${bot.username} identified again after ${now - last} ms, against max_concurrency`);
  return false;
}

function open(
  core: Core,
  connection: GatewayConnection,
  bot: Bot,
  { intents, presence = PLAIN_PRESENCE }: Identify,
  shard: readonly [number, number],
): void {
  const rival = [...bot.sessions].find((other) => other.connection && other.shard[0] === shard[0]);
  if (rival) {
    core.violations.add(`${bot.username} identified on a second socket while its first was alive.`);
  }
  const { replayLimit } = core.settings;
  const id = BigInt(core.ids.next()).toString(16).padStart(32, '0');
  const session = new GatewaySession({ id, bot, intents, shard, replayLimit });
  core.gateway.begin(session);
  connection.attach(session);
  showPresence(core, session, 'identify', presence);
  const guilds = [...bot.guilds].filter((guild) => session.covers(guild.id));
  session.dispatch(
    'READY',
    JSON.stringify({
      v: 10,
      user_settings: {},
      user: bot.selfData,
      session_type: 'normal',
      session_id: id,
      resume_gateway_url: core.gateway.url,
      shard,
      private_channels: [],
      relationships: [],
      presences: [],
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      guild_join_requests: [],
      geo_ordered_rtc_regions: [],
      auth: {},
      application: { id: bot.applicationId, flags: bot.applicationFlags },
      _trace: ['["stand-in",{"micros":0}]'],
    }),
  );
  if (intents & GatewayIntentBits.Guilds) {
    for (const guild of guilds) session.dispatch('GUILD_CREATE', guild.createEvent(bot));
  }
  core.happenings.note(`${bot.username} identified and is ready, in ${guilds.length} guild(s)`);
}
