import { type Command, CommanderError } from 'commander';
import { printable } from '../agents-file/show-value.ts';
import { ConfigError, EXIT_CONFIG, messageOf, TroupeError } from '../errors.ts';
import { redactShapes } from '../observability/secret-shapes.ts';

/** Exit code for what was refused, or failed. */
const EXIT_REFUSED = 1;
/** Exit code for a command line that makes no sense. */
const EXIT_USAGE = 2;

/** Where a command writes; `process` fits. */
export interface CommandOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Has a command write there, and end by returning instead of ending the process. */
export function tame(command: Command, { stdout, stderr }: CommandOutput): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(printableLines(text)),
  });
}

/**
 * Runs a command; what goes wrong is told on standard error, with the remedy.
 *
 * @param run - its exit code when nothing is thrown
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage, 78 a wrong setting. Only a defect is thrown.
 */
export async function exitCodeOf(run: () => Promise<number>, { stderr }: CommandOutput): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (!(error instanceof TroupeError)) throw error;
    const remedy = error.remedy === '' ? '' : `${error.remedy}\n`;
    stderr.write(printableLines(`${redactShapes(messageOf(error))}\n${remedy}`));
    return error instanceof ConfigError ? EXIT_CONFIG : EXIT_REFUSED;
  }
}

/** A text that is safe to print on a terminal, with its line breaks. */
function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
