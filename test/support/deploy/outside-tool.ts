import { spawnSync } from 'node:child_process';

/** What a program of somebody else's said. */
export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard output and error together. */
  readonly output: string;
}

/** A program that the machine may have: the project does not bring it. */
export interface OutsideTool {
  /** What a test that needs it is skipped for; undefined where it is there. */
  readonly missing: string | undefined;
  run(args: readonly string[], cwd: string): ToolRun;
}

/** Looks for a program; where it is missing, that is said aloud, since something then goes unchecked. */
export function outsideTool(name: string, versionWords: readonly string[], unchecked: string): OutsideTool {
  const run = (args: readonly string[], cwd: string): ToolRun => {
    const { status, stdout, stderr } = spawnSync(name, args, {
      cwd,
      encoding: 'utf8',
      // Of the machine's own settings none; Terraform asks nobody whether there is a newer one.
      env: { PATH: process.env['PATH'] ?? '', HOME: cwd, CHECKPOINT_DISABLE: '1' },
    });
    return { code: status, stdout, output: `${stdout}${stderr}` };
  };
  const { error } = spawnSync(name, versionWords, { stdio: 'ignore' });
  if (error === undefined) return { missing: undefined, run };
  const missing = `${name} is not on this machine: ${unchecked} was NOT checked by it`;
  process.stderr.write(`\n${missing}\n`);
  return { missing, run };
}
