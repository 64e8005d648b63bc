import { EXIT_CONFIG } from '../errors.ts';
import { BACK_OFFS } from './back-offs.ts';
import { EXIT_DEFECT } from './exit-codes.ts';
import type { Rule } from './policy.ts';

type Rules = Readonly<Record<string, Rule>>;

const QUIET = 900_000;
const AWAY = { severity: 'transient', action: 'retry', backOff: BACK_OFFS.database } as const;
const STOP = { severity: 'critical', action: 'stop' } as const;
const KEEP = { severity: 'persistent', action: 'fall-back' } as const;

/** A part that broke is started again by itself; the rest never notices. */
const RESTARTED = {
  severity: 'transient',
  action: 'restart',
  backOff: BACK_OFFS.restart,
  because: 'a defect in this part alone: it is started again, and the rest goes on',
} as const satisfies Rule;

/** What a part leaves undone it does the next time. */
function later(because: string): Rule {
  return { severity: 'transient', action: 'retry', because };
}

const DATABASE_RULES = {
  unavailable: {
    ...AWAY,
    because: 'outages pass: bots stay connected, and what comes waits in a bounded spool',
  },
  'disk-full': { ...AWAY, because: 'room can be made while it runs; until then it is an outage' },
  'read-only': { ...AWAY, because: 'a fail-over passes, and rights can be given back while it runs' },
  'not-let-in': { ...AWAY, because: 'its password is being changed, perhaps' },
  refused: {
    severity: 'persistent',
    action: 'retry',
    quiet: QUIET,
    because: 'one write that it does not take: five tries, and no other write suffers',
  },
  'schema-gone': {
    ...STOP,
    exitCode: EXIT_CONFIG,
    because: 'without its tables nothing can be admitted: no message would get its one answer',
    remedy: 'Restore the database (npm run db -- restore FILE) or correct DATABASE_URL, then start again.',
  },
  'newer-schema': {
    ...STOP,
    exitCode: EXIT_CONFIG,
    because: 'a newer version has changed the tables: what this one writes may be wrong',
    remedy: 'Run the newer version of Troupe.',
  },
  'file-replaced': {
    ...STOP,
    exitCode: EXIT_DEFECT,
    because: 'the file of the database was deleted or replaced: what is written is lost',
    remedy: 'Put the right file in its place while no host runs, then start again.',
  },
} as const satisfies Rules;

const SECRET_RULES = {
  'key-gone': {
    severity: 'persistent',
    action: 'degrade',
    because: 'bots go on with the key in memory, which may be the last copy: stopping would lose it',
  },
  'key-replaced': {
    ...STOP,
    exitCode: EXIT_CONFIG,
    because: 'the key file opens nothing in the database: what others store under it this host cannot read',
    remedy: 'Restore the key that the tokens were stored under (SECRET_KEY_FILE), then start again.',
  },
} as const satisfies Rules;

const LEASE_RULES = {
  'not-renewed': {
    severity: 'transient',
    action: 'retry',
    backOff: BACK_OFFS.leases,
    because: 'until it is certain again, nothing is posted',
  },
  lost: {
    severity: 'transient',
    action: 'fall-back',
    quiet: QUIET,
    because: 'another host runs the bot by now; this one writes nothing more for it',
  },
  'twin-process': {
    ...STOP,
    exitCode: EXIT_DEFECT,
    because: 'another process holds leases under this one’s own id: a copy of a running machine',
    remedy: 'Run only one of the copies; started anew, each has an id of its own.',
  },
  defect: RESTARTED,
} as const satisfies Rules;

const PROCESS_RULES = {
  uncaught: {
    severity: 'transient',
    action: 'degrade',
    quiet: QUIET,
    because: 'a defect that one task ran into: nothing is shared that it could have left half-done',
  },
  storm: {
    ...STOP,
    exitCode: EXIT_DEFECT,
    because: 'fifty uncaught errors within a minute: nobody knows any more what still works',
    remedy: 'Start it again; report the errors above, they are defects of Troupe.',
  },
} as const satisfies Rules;

/** What is done about failures of the host's own parts. */
export const HOST_RULES = {
  database: DATABASE_RULES,
  secrets: SECRET_RULES,
  leases: LEASE_RULES,
  scheduler: {
    unreadable: later('the bots go on as they are; the next poll may do better'),
    defect: RESTARTED,
  },
  'bot-commands': {
    unreadable: later('commands to bots are kept until they are done'),
    defect: RESTARTED,
  },
  settings: {
    unreadable: later('what is in force stays in force'),
    invalid: { ...KEEP, because: 'a stored setting that cannot be used is left out' },
    defect: RESTARTED,
  },
  sessions: {
    'not-saved': later('until it is, a kill costs a resume in vain, or an identify'),
    defect: RESTARTED,
  },
  'last-seen': {
    'not-saved': later('until it is, a restart looks through more messages than it must'),
    defect: RESTARTED,
  },
  retention: { failed: later('what is left over goes with the next sweep'), defect: RESTARTED },
  'agents-file': {
    broken: { ...KEEP, because: 'a broken file changes nothing; the next good version is taken' },
    unreadable: later('the agents stay as they are'),
    defect: RESTARTED,
  },
  'prices-file': { broken: { ...KEEP, because: 'the prices of before stay' } },
  promises: { unproved: later('what could not be looked at is looked at again'), defect: RESTARTED },
  pulse: { defect: RESTARTED },
  http: {
    'not-listening': {
      severity: 'transient',
      action: 'retry',
      backOff: BACK_OFFS.listen,
      because:
        'bots matter more than probes: they run, and nothing can be asked for until the address is free',
    },
    defect: RESTARTED,
  },
  incidents: { defect: RESTARTED },
  process: PROCESS_RULES,
} as const satisfies Readonly<Record<string, Rules>>;

/** What can be wrong with the database. */
export type DatabaseReason = keyof typeof DATABASE_RULES;
