/** How a check ended: `skipped` says nothing about what was to be checked. */
export type CheckStatus = 'ok' | 'warning' | 'error' | 'skipped';

/** What one check found. */
export interface Finding {
  /** What was checked, in a word or two. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What is the case, or what is wrong. */
  readonly message: string;
  /** How to mend it; empty where nothing is to be done. */
  readonly remedy: string;
}

/** A finding with the group that it is shown in, as `--json` prints it. */
export interface Check extends Finding {
  readonly group: string;
}

/** All is well. */
export function ok(name: string, message: string): Finding {
  return { name, status: 'ok', message, remedy: '' };
}

/** Troupe runs all the same. */
export function warning(name: string, message: string, remedy: string): Finding {
  return { name, status: 'warning', message, remedy };
}

/** Something does not work. */
export function wrong(name: string, message: string, remedy: string): Finding {
  return { name, status: 'error', message, remedy };
}

/** It was not checked, and why. */
export function skipped(name: string, message: string): Finding {
  return { name, status: 'skipped', message, remedy: '' };
}

/** Findings with the group that they are shown in. */
export function inGroup(group: string, findings: readonly Finding[]): readonly Check[] {
  return findings.map((finding) => ({ group, ...finding }));
}
