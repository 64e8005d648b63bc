/** What somebody may do, each including those before it: look, look after what runs, change who may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

/**
 * - `viewer`: reads everything but secrets and what users wrote.
 * - `operator`: changes agents and settings, replays exchanges, sends commands to bots, reads and forgets memories.
 * - `admin`: also decides who may, and reads the audit log.
 */
export type Role = (typeof ROLES)[number];

/** Whether somebody of this role may do what needs that one. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The role that may less. */
export function lowerRole(one: Role, other: Role): Role {
  return includesRole(one, other) ? other : one;
}
