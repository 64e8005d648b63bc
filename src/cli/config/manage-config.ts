import { Command } from 'commander';
import { printable } from '../../agents-file/show-value.ts';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { findSetting, refuseUnlessRuntime } from '../../config/find-setting.ts';
import { type ListedSetting, listSettings } from '../../config/list-settings.ts';
import { checkStored, storedProblem } from '../../config/runtime-config.ts';
import { ALL_SETTINGS } from '../../config/settings.ts';
import { withStored } from '../../config/sources.ts';
import { EXIT_CONFIG, InputError } from '../../errors.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { settingsJson, settingsTable, settingText } from './render-settings.ts';
import { type OpenSettingsStore, readState } from './settings-state.ts';

/** What the command works with. */
export interface ManageConfigDeps {
  readonly env: Environment;
  /** The folder from which relative paths in settings begin. */
  readonly cwd: string;
  readonly openStore: OpenSettingsStore;
}

const HELP = `
What counts, from least to most: the default, the settings file (config/NODE_ENV.yaml, in the folder CONFIG_DIR),
.env, the environment, and what "set" has put into the database. Secrets are never shown.

Examples:
  npm run config                            every setting, its value and where that came from
  npm run config -- --changed               only those that differ from their default
  npm run -s config -- --json               the same as a JSON array, for programs
  npm run config -- describe LOG_LEVEL
  npm run config -- set LOG_LEVEL debug     a running host takes it over with its next poll
  npm run config -- set BUDGET_USD_PER_DAY ""   no limit, whatever the environment says
  npm run config -- unset LOG_LEVEL         what the environment says counts again

Exit codes: 0 done; 1 failed, or refused; 2 wrong usage; 78 a setting is wrong.
`;

/**
 * `npm run config`: shows every setting with where it came from, and changes those of a running host.
 *
 * @returns the exit code: 0 done, 1 failed or refused, 2 wrong usage, 78 a setting is wrong. Only a defect is thrown.
 */
export async function manageConfig(
  argv: readonly string[],
  io: CommandOutput,
  deps: ManageConfigDeps,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run config --'), io)
    .description('Shows the settings, and changes those that can change while the host runs.')
    .option('--changed', 'only settings that differ from their default')
    .option('--json', 'print a JSON array, for programs')
    .addHelpText('after', HELP)
    .action(async (flags: { changed?: true; json?: true }) => {
      code = await showAll(flags, io, deps);
    });
  tame(command.command('describe'), io)
    .description('tell all about one setting')
    .argument('<name>')
    .action(async (name: string) => {
      const setting = findSetting(name);
      const state = await readState(deps.env, deps.cwd, deps.openStore);
      const listed = listSettings(state.env, deps.cwd).filter((one) => one.name === setting);
      io.stdout.write(listed.map(settingText).join(''));
    });
  tame(command.command('set'), io)
    .description('put a value into the database; a running host takes it over')
    .argument('<name>')
    .argument('<value>')
    .action(async (name: string, value: string) => {
      await setOne(findSetting(name), value.trim(), io, deps);
    });
  tame(command.command('unset'), io)
    .description('take a value out of the database')
    .argument('<name>')
    .action(async (name: string) => {
      await unsetOne(name, io, deps);
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

async function showAll(
  flags: { changed?: true; json?: true },
  io: CommandOutput,
  { env, cwd, openStore }: ManageConfigDeps,
): Promise<number> {
  const state = await readState(env, cwd, openStore);
  const settings = listSettings(state.env, cwd).filter(
    ({ isChanged }) => isChanged || flags.changed !== true,
  );
  const nothing = state.isWrong ? '' : 'Every setting has its default.\n';
  if (flags.json) io.stdout.write(settingsJson(settings));
  else io.stdout.write(settings.length === 0 ? nothing : settingsTable(settings));
  for (const warning of state.warnings) io.stderr.write(`warning: ${printable(warning)}\n`);
  for (const problem of state.problems) io.stderr.write(`${printable(problem)}\n`);
  if (state.isWrong) return EXIT_CONFIG;
  return state.problems.length === 0 ? 0 : 1;
}

async function setOne(name: string, value: string, io: CommandOutput, deps: ManageConfigDeps): Promise<void> {
  refuseUnlessRuntime(name);
  const problem = storedProblem(name, value);
  if (problem !== undefined) throw new InputError(problem, { remedy: 'Nothing was changed.' });
  const { settings, close } = await deps.openStore();
  try {
    const before = inForce(name, settings.values, deps);
    const known = warningsWith(settings.values, deps);
    await settings.set(name, value);
    io.stdout.write(
      `${name}: ${valueOf(inForce(name, settings.values, deps))}; it was ${describe(before)}.\n`,
    );
    io.stdout.write('A running host takes it over with its next poll.\n');
    for (const warning of warningsWith(settings.values, deps)) {
      if (!known.includes(warning)) io.stderr.write(`warning: ${printable(warning)}\n`);
    }
  } finally {
    await close();
  }
}

async function unsetOne(word: string, io: CommandOutput, deps: ManageConfigDeps): Promise<void> {
  const { settings, close } = await deps.openStore();
  try {
    const name = settings.values.has(word) ? word : word.toUpperCase();
    // Also one that this version does not know: somebody has to be able to take it away.
    if (!settings.values.has(name)) refuseUnlessRuntime(findSetting(name));
    if (!(await settings.unset(name))) {
      io.stdout.write(`${name} is not set in the database.\n`);
      return;
    }
    const now = ALL_SETTINGS.has(name) ? ` It is ${describe(inForce(name, settings.values, deps))} now.` : '';
    io.stdout.write(`${name} is taken out of the database.${now}\n`);
  } finally {
    await close();
  }
}

function inForce(
  name: string,
  stored: ReadonlyMap<string, string>,
  { env, cwd }: ManageConfigDeps,
): ListedSetting | undefined {
  return listSettings(withStored(env, stored), cwd).find((setting) => setting.name === name);
}

function warningsWith(
  stored: ReadonlyMap<string, string>,
  { env, cwd }: ManageConfigDeps,
): readonly string[] {
  return loadConfig(withStored(env, checkStored(stored).values), { cwd }).warnings;
}

function valueOf(setting: ListedSetting | undefined): string {
  return setting?.shown ?? '(not set)';
}

function describe(setting: ListedSetting | undefined): string {
  return `${valueOf(setting)} (${setting?.source ?? 'default'})`;
}
