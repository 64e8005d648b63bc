import { hostname, userInfo } from 'node:os';
import type { Actor } from '../audit/audit-log.ts';

/** Who runs a command, as the audit log has it: the system's user, on this machine. */
export function cliActor(): Actor {
  const name = `${userName()}@${hostname()}`;
  return { kind: 'cli', id: name, name };
}

/** In a container the system may know no name for its user. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
