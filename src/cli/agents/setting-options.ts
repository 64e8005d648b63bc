import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../errors.ts';
import type { ManagerIo, ManagerPlace } from './manager.ts';
import { SETTING_OPTIONS } from './common-settings.ts';
import { readSecret, readTextFile, tidyToken } from './read-secret.ts';
import { type SettingChange, typedValue } from './setting-change.ts';

/** What the options of {@link addSettingOptions} hold. */
export interface SettingFlags extends Readonly<Record<string, unknown>> {
  readonly set?: readonly SettingChange[];
  readonly unset?: readonly string[];
  readonly systemPromptFile?: string;
  readonly token?: unknown;
  readonly tokenEnv?: string;
  readonly tokenFile?: string;
  readonly tokenStdin?: true;
  readonly apiKey?: unknown;
  readonly apiKeyEnv?: string;
  readonly apiKeyFile?: string;
  readonly apiKeyStdin?: true;
}

/** What somebody asked for with options. */
export interface WantedSettings {
  readonly changes: readonly SettingChange[];
  /** Undefined: none was given. */
  readonly token: string | undefined;
  /** The key of the agent's own, when one was given that is no reference to a variable. */
  readonly apiKey: string | undefined;
}

/** Gives a command an option for every common setting, `--set` for all of them, and ways to hand in secrets. */
export function addSettingOptions(command: Command): Command {
  for (const { flags, description, kind } of SETTING_OPTIONS) {
    if (kind === 'ids') command.option(flags, description, collect);
    else command.option(flags, description);
  }
  return command
    .option('--system-prompt-file <path>', 'llm: who it is, from a file')
    .option('--set <key=value>', 'any setting of an agents file (repeatable)', collectSetting)
    .option('--unset <key>', 'bring the default of a setting back (repeatable)', collect)
    .option('--api-key-env <name>', 'llm: name the variable that holds its key where the host runs')
    .option('--api-key-file <path>', 'llm: take its key from this file; it is stored encrypted')
    .option('--api-key-stdin', 'llm: take its key from standard input; it is stored encrypted')
    .addOption(new Option('--api-key [value]').hideHelp())
    .option('--token-env <name>', 'take the Discord token from this variable; it is stored encrypted')
    .option('--token-file <path>', 'take the token from this file')
    .option('--token-stdin', 'take the token from standard input')
    .addOption(new Option('--token [value]').hideHelp());
}

/**
 * What the options ask for. A command line that makes no sense ends the command.
 *
 * @throws {InputError} when a file or a variable cannot be read
 */
export async function readSettings(
  command: Command,
  place: ManagerPlace,
  io: Pick<ManagerIo, 'stdin'>,
): Promise<WantedSettings> {
  const flags = command.opts<SettingFlags>();
  refuseNonsense(command, flags);
  const changes: SettingChange[] = SETTING_OPTIONS.flatMap(({ flags: words, key, kind }) => {
    const name = command.options.find((known) => known.flags === words)?.attributeName() ?? '';
    const value = flags[name];
    // A pair such as --enabled and --no-enabled is one setting.
    if (value === undefined || words.startsWith('--no-')) return [];
    return [{ key, value: kind === 'value' ? typedValue(value as string) : value }];
  });
  if (flags.systemPromptFile !== undefined) {
    const value = await readTextFile(flags.systemPromptFile, place.cwd);
    changes.push({ key: 'config.system_prompt', value });
  }
  const { tokenEnv, tokenFile, tokenStdin, apiKeyEnv, apiKeyFile, apiKeyStdin } = flags;
  const token = await readSecret('token', { env: tokenEnv, file: tokenFile, stdin: tokenStdin }, place, io);
  const apiKey = await readSecret('key', { file: apiKeyFile, stdin: apiKeyStdin }, place, io);
  const key = apiKeyEnv === undefined ? apiKey : reference(apiKeyEnv);
  if (key !== undefined) changes.push({ key: 'config.api_key', value: key });
  changes.push(...(flags.set ?? []));
  changes.push(...(flags.unset ?? []).map((unset) => ({ key: unset, value: undefined })));
  for (const { key: set } of changes) refuseToken(set);
  return { changes, token: token === undefined ? undefined : tidyToken(token), apiKey };
}

function refuseNonsense(command: Command, flags: SettingFlags): void {
  for (const name of ['token', 'apiKey'] as const) {
    if (flags[name] === undefined) continue;
    const words = name === 'token' ? 'token' : 'api-key';
    command.error(
      `error: --${words} is not taken here: others can read a command line. Use --${words}-env NAME, --${words}-file PATH or --${words}-stdin`,
    );
  }
  const { tokenEnv, tokenFile, tokenStdin, apiKeyEnv, apiKeyFile, apiKeyStdin } = flags;
  const several = (...given: unknown[]): boolean => given.filter((one) => one !== undefined).length > 1;
  if (several(tokenEnv, tokenFile, tokenStdin))
    command.error('error: the token can come from one place only');
  if (several(apiKeyEnv, apiKeyFile, apiKeyStdin))
    command.error('error: the key can come from one place only');
  if (several(tokenStdin, apiKeyStdin))
    command.error('error: standard input can hold the token or the key, not both');
  if (several(flags['systemPrompt'], flags.systemPromptFile)) {
    command.error('error: --system-prompt and --system-prompt-file cannot both be given');
  }
}

function refuseToken(key: string): void {
  if (key !== 'discord_token') return;
  throw new InputError('discord_token is not set like other settings', {
    remedy: 'Use --token-env NAME, --token-file PATH, --token-stdin or --remove-token.',
  });
}

/** @throws {InputError} when it cannot be a variable's name */
function reference(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return `\${${name}}`;
  throw new InputError('--api-key-env takes the name of a variable, not the key itself');
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function collectSetting(text: string, previous: readonly SettingChange[] = []): SettingChange[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must read KEY=VALUE, such as config.temperature=0.5.');
  return [...previous, { key: text.slice(0, at).trim(), value: typedValue(text.slice(at + 1)) }];
}
