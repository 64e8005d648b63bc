import { type DoctorDeps, runDoctor } from '../../../src/cli/doctor/doctor.ts';
import type { Check } from '../../../src/cli/doctor/finding.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** What the doctor said. */
export interface Visit {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What the doctor said with `--json`. */
export interface Diagnosis extends Visit {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** The only check of this name; of this group, where one is given. */
  readonly check: (name: string, group?: string) => Check;
}

/** A machine on which nothing is wrong. */
const SYSTEM = { nodeVersion: '24.21.0', platform: 'linux', arch: 'x64' };

/** A test's host polls faster than anybody should, of which there is a warning. */
const UNHURRIED = { DISCORD_NEW_AGENT_POLL_INTERVAL: '10' };

/** Runs the command under these variables, in a folder of its own unless another is given. */
export async function visit(
  argv: readonly string[],
  real: Record<string, string>,
  deps: Partial<DoctorDeps> & { readonly isTTY?: boolean } = {},
): Promise<Visit> {
  let out = '';
  let err = '';
  const { isTTY = false, ...rest } = deps;
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY },
  };
  const cwd = await temporaryDirectory();
  const variables = { ...real, ...UNHURRIED };
  const code = await runDoctor(argv, io, { cwd, real: variables, system: SYSTEM, now: Date.now, ...rest });
  return { code, out, err };
}

/** The same with `--json`. */
export async function diagnose(
  real: Record<string, string>,
  { argv = [], ...deps }: Partial<DoctorDeps> & { readonly argv?: readonly string[] } = {},
): Promise<Diagnosis> {
  const seen = await visit(['--json', ...argv], real, deps);
  const { ok, checks } = JSON.parse(seen.out) as { ok: boolean; checks: Check[] };
  return {
    ...seen,
    ok,
    checks,
    check(name, group) {
      const found = checks.filter((check) => check.name === name && (group ?? check.group) === check.group);
      const [only] = found;
      if (only === undefined || found.length > 1) {
        throw new Error(`there are ${found.length} checks "${name}" in ${seen.out}`);
      }
      return only;
    },
  };
}
