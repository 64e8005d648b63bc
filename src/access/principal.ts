import type { Actor } from '../audit/audit-log.ts';
import { includesRole, type Role } from './role.ts';

/** The parts of the admin API that an API token can be limited to. */
export const SCOPES = [
  'agents',
  'commands',
  'exchanges',
  'memory',
  'usage',
  'settings',
  'audit',
  'incidents',
  'events',
  'access',
] as const;

/** A part of the admin API. */
export type Scope = (typeof SCOPES)[number];

/** Somebody who was recognised: an admin user in a session, or a program with an API token. */
export interface Principal {
  readonly kind: 'admin-user' | 'api-token';
  /** Of the admin user, or of the token. */
  readonly id: string;
  /** For people and the audit log. */
  readonly name: string;
  readonly role: Role;
  /** Empty: all. */
  readonly scopes: readonly Scope[];
}

/** What a route needs. */
export interface Requirement {
  readonly role: Role;
  /** `any`: whichever part a token is limited to. */
  readonly scope: Scope | 'any';
}

/** Whether somebody may do what needs this. */
export function isAllowed({ role, scopes }: Principal, needed: Requirement): boolean {
  const { scope } = needed;
  const isInScope = scope === 'any' || scopes.length === 0 || scopes.includes(scope);
  return isInScope && includesRole(role, needed.role);
}

/** Somebody, as the audit log has them. */
export function actorOf({ kind, id, name }: Principal): Actor {
  return { kind, id, name };
}
