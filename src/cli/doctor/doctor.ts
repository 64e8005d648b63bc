import { Command } from 'commander';
import { printable } from '../../agents-file/show-value.ts';
import { createRedactor } from '../../observability/redactor.ts';
import { exitCodeOf, tame } from '../run-command.ts';
import { examine, type ExamineTools } from './examine.ts';
import type { Check } from './finding.ts';
import { describeGroup, isWell, summarize } from './report.ts';

/** The terminal, or what stands in for one. */
export interface DoctorIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** What the command works with. */
export type DoctorDeps = Omit<ExamineTools, 'redactor' | 'onProgress'>;

interface DoctorFlags {
  readonly json?: true;
  readonly offline?: true;
  readonly agent?: readonly string[];
}

const HELP = `
Looks at everything that a host needs and changes nothing: Node.js, settings, files, the database, the secret key,
the clock, Discord, and each agent's token, permissions and model. A model is asked for one word, which costs next to
nothing; models that several agents share are asked once.

  ✓ in order   ! a warning   ✗ wrong   - not checked

Examples:
  npm run doctor                               everything, with all agents that are enabled
  npm run doctor -- --agent Helper Critic      of the agents only these
  npm run doctor -- --offline                  without Discord and models
  npm run -s doctor -- --json                  for programs: {ok, checks: [{group, name, status, message, remedy}]}

Exit codes: 0 all is well, or there are warnings; 1 something is wrong; 2 wrong usage.
`;

/**
 * `npm run doctor`: tells what is wrong with this installation, and how to mend it.
 *
 * @returns the exit code: 0 nothing is wrong, 1 something is, 2 wrong usage. Only a defect is thrown.
 */
export async function runDoctor(argv: readonly string[], io: DoctorIo, deps: DoctorDeps): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run doctor --'), io)
    .description('Tells what is wrong, and how to mend it.')
    .option('--agent <name...>', 'check only these agents, also when they are disabled')
    .option('--offline', 'ask neither Discord nor models')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (flags: DoctorFlags) => {
      code = await run(flags, io, deps);
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

async function run(
  { json, offline, agent }: DoctorFlags,
  { stdout, stderr }: DoctorIo,
  deps: DoctorDeps,
): Promise<number> {
  const redactor = createRedactor();
  const progress = (text: string): void => {
    if (stderr.isTTY) stderr.write(`\r\u001B[2K${text}`);
  };
  const groups = examine(
    { names: agent ?? [], offline: offline ?? false },
    {
      ...deps,
      redactor,
      onProgress: (what) => {
        progress(`Checking ${what} …`);
      },
    },
  );
  const checks: Check[] = [];
  for await (const found of groups) {
    const clean = found.map((check) => withoutSecrets(check, (text) => redactor.redact(text)));
    checks.push(...clean);
    progress('');
    if (!json) stdout.write(`${describeGroup(clean)}\n`);
  }
  const well = isWell(checks);
  stdout.write(json ? `${printable(JSON.stringify({ ok: well, checks }))}\n` : summarize(checks));
  return well ? 0 : 1;
}

function withoutSecrets(check: Check, redact: (text: string) => string): Check {
  return { ...check, message: redact(check.message), remedy: redact(check.remedy) };
}
