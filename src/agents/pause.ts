import type { AgentRecord, BotPresence } from './agent-record.ts';

/** A time during which a bot answers nobody. */
export interface Pause {
  readonly since: Date;
  /** Undefined: it lasts. */
  readonly until: Date | undefined;
}

/** The pause that a bot is in, or was in last, once its agent's row says this. */
export function nextPause(
  pause: Pause | undefined,
  pausedAt: Date | undefined,
  now: Date,
): Pause | undefined {
  if (pausedAt !== undefined) return { since: pausedAt, until: undefined };
  return pause === undefined || pause.until !== undefined ? pause : { ...pause, until: now };
}

/** Whether what was written then is not answered. While a pause lasts, nothing is. */
export function isPausedFor(pause: Pause | undefined, writtenAt: Date): boolean {
  if (pause === undefined) return false;
  return pause.until === undefined || (writtenAt >= pause.since && writtenAt < pause.until);
}

/** What an agent's bot is to show: a paused one looks away, unless it was told what to show. */
export function presenceOf({
  presence,
  pausedAt,
}: Pick<AgentRecord, 'presence' | 'pausedAt'>): BotPresence | undefined {
  return presence ?? (pausedAt === undefined ? undefined : { status: 'idle' });
}
