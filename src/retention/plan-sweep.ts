import type { RetentionDays } from '../config/config.ts';
import type { Perishable } from './retention-store.ts';

/** In milliseconds. */
const DAY = 86_400_000;

/**
 * Days that nobody sets: Discord counts identifies over one day; what became of a command is asked for soon, if at all; a
 * lease of a deleted agent is of use until every host has seen that the agent is gone; what failed a quarter of a year ago
 * teaches nothing any more.
 */
const FIXED = { identifies: 2, commands: 14, leftovers: 2, incidents: 90 } as const;

/** Something that is to be deleted as far as it is older than a moment. */
export interface SweepTask {
  readonly what: Perishable;
  readonly before: Date;
}

/** What has been kept for long enough at a moment; nothing of what is kept for ever. */
export function planSweep(retention: RetentionDays, now: Date): SweepTask[] {
  const days: Readonly<Record<Perishable, number>> = {
    exchanges: retention.exchanges,
    usage: retention.usage,
    'guard-findings': retention.guardFindings,
    memories: retention.memories,
    identifies: FIXED.identifies,
    'commands to bots': FIXED.commands,
    incidents: FIXED.incidents,
    'leftovers of deleted agents': FIXED.leftovers,
  };
  return Object.entries(days).flatMap(([what, kept]) =>
    kept === 0 ? [] : [{ what: what as Perishable, before: new Date(now.getTime() - kept * DAY) }],
  );
}
