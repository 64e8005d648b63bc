import type { Core } from './core.ts';
import type { GatewaySession } from './gateway-session.ts';

/** What a bot shows beside its name. */
export interface ShownPresence {
  status: string;
  activities: readonly { name: string; type: number; state?: string }[];
}

/** A presence as a bot told of it. */
export interface PresenceRecord extends ShownPresence {
  /** With an identify, or by op 3 later. */
  via: 'identify' | 'update';
  /** Milliseconds since 1970. */
  at: number;
}

/** What a bot shows that told of nothing. */
export const PLAIN_PRESENCE: ShownPresence = { status: 'online', activities: [] };

/** Five in 20 seconds; https://discord.com/developers/docs/events/gateway-events#update-presence */
const UPDATES = { limit: 5, perMs: 20_000 };
const MAX_TEXT = 128;
const STATUSES = new Set(['online', 'dnd', 'idle', 'invisible', 'offline']);
const MAX_ACTIVITY_TYPE = 5;
const CUSTOM = 4;

/** What is wrong with a presence; undefined: nothing. */
export function wrongPresence(d: unknown): string | undefined {
  const { since, activities, status, afk } = (d ?? {}) as Record<string, unknown>;
  if (since !== null && typeof since !== 'number')
    return 'a presence whose since is neither null nor a number';
  if (typeof afk !== 'boolean') return 'a presence without afk';
  if (typeof status !== 'string' || !STATUSES.has(status))
    return `a presence whose status is ${String(status)}`;
  if (!Array.isArray(activities)) return 'a presence without activities';
  return activities.map(wrongActivity).find((wrong) => wrong !== undefined);
}

/** op 3: the session shows it from now on, unless that was too often. Of a form that {@link wrongPresence} accepts. */
export function updatePresence(core: Core, session: GatewaySession, d: unknown): void {
  const { bot } = session;
  const now = core.now();
  const lately = bot.presences.filter(({ via, at }) => via === 'update' && now - at < UPDATES.perMs);
  if (lately.length >= UPDATES.limit) {
    core.violations.add(`${bot.username} updated its presence more than 5 times in 20 seconds.`);
    return;
  }
  showPresence(core, session, 'update', d as ShownPresence);
}

/** Keeps what a session shows. */
export function showPresence(
  core: Core,
  session: GatewaySession,
  via: PresenceRecord['via'],
  { status, activities }: ShownPresence,
): void {
  session.presence = { status, activities };
  session.bot.presenceLog.push({ via, at: core.now(), status, activities });
  core.happenings.note(`${session.bot.username} shows that it is ${status} ${JSON.stringify(activities)}`);
}

function wrongActivity(activity: unknown): string | undefined {
  const { name, type, state } = (activity ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || name.length > MAX_TEXT)
    return 'an activity whose name does not have 1 to 128 characters';
  if (typeof type !== 'number' || !(type >= 0 && type <= MAX_ACTIVITY_TYPE))
    return `an activity of type ${String(type)}`;
  if (state !== undefined && (typeof state !== 'string' || state.length > MAX_TEXT))
    return 'an activity whose state has more than 128 characters';
  if (type === CUSTOM && state === undefined) return 'a custom status without a state';
  return undefined;
}
