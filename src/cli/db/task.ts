import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { InputError } from '../../errors.ts';
import type { CommandOutput } from '../run-command.ts';

/** The terminal, or what stands in for one. */
export interface ManageDatabaseIo extends CommandOutput {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** What the command works with. */
export interface ManageDatabaseDeps {
  readonly env: Environment;
  /** The folder from which relative paths on the command line begin. */
  readonly cwd: string;
  readonly now: () => Date;
  /** Asks a yes-or-no question on standard error. Called only where somebody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Aborts when the operator has had enough. */
  readonly signal: AbortSignal;
}

/** What a subcommand works on. */
export interface Task extends ManageDatabaseDeps {
  readonly io: ManageDatabaseIo;
  readonly config: Config;
  /** Whether one JSON object is printed, and nothing else on standard output. */
  readonly json: boolean;
}

/**
 * Goes on only if the operator wants it.
 *
 * @param yes - whether that was said before
 * @throws {InputError} unless somebody is there and says yes
 */
export async function askFirst(
  { io, confirm }: Pick<Task, 'io' | 'confirm'>,
  question: string,
  yes: boolean,
): Promise<void> {
  if (yes) return;
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new InputError('nobody is there to ask; nothing was changed', {
      remedy: 'Add --yes to go on without asking.',
    });
  }
  if (!(await confirm(question))) throw new InputError('not confirmed; nothing was changed');
}
