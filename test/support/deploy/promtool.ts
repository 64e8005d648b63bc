import { execFileSync, spawnSync } from 'node:child_process';
import { ROOT } from '../run-process.ts';

/** Prometheus' own tool, where there is one: Debian's package `prometheus` has it. */
export const promtool = [process.env['PROMTOOL'] ?? 'promtool'].find((command) => {
  const { status } = spawnSync(command, ['--version'], { stdio: 'ignore' });
  return status === 0;
});
if (promtool === undefined) {
  process.stderr.write(
    '\npromtool is NOT HERE: alert rules, its configuration and the metrics are read by these tests alone. ' +
      'Set PROMTOOL, or install the package prometheus.\n\n',
  );
}

/** What it says. @throws {Error} when it refuses what it is given */
export function runPromtool(args: readonly string[], input?: string): string {
  return execFileSync(String(promtool), args, { encoding: 'utf8', input, cwd: ROOT, stdio: 'pipe' });
}
