import type { Passwords } from '../../access/password.ts';
import type { CommandOutput } from '../run-command.ts';
import type { OpenAdminUsers } from './open-admin-users.ts';
import type { AskHidden } from './read-password.ts';

/** The terminal, or what stands in for one; `process` fits. */
export interface ManageAdminIo extends CommandOutput {
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** What the command works with. */
export interface ManageAdminDeps {
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly open: () => Promise<OpenAdminUsers>;
  readonly passwords: Passwords;
  readonly askHidden: AskHidden;
  /** Asks a yes-or-no question on standard error. Called only where somebody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Runs with the database open. */
export type WithAdminUsers = (work: (open: OpenAdminUsers) => Promise<void>) => Promise<void>;
