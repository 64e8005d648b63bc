import type { Manager } from '../manager.ts';
import type { Terminal } from './terminal.ts';

/** What the menus work with. */
export interface Session {
  readonly manager: Manager;
  readonly terminal: Terminal;
  /** Whether anything was changed so far. */
  changed: boolean;
}
