import { Command } from 'commander';
import { printable } from '../agents-file/show-value.ts';
import { loadConfig } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import type { Erasures } from '../memory/erasures.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Rotation } from '../database/rotate-secrets.ts';
import type { SecretKeeper, SecretStatus } from '../database/secret-keeper.ts';
import type { UnopenedSecret } from '../database/secret-survey.ts';
import { silentLogger } from '../observability/logger.ts';
import { cliActor } from './cli-actor.ts';
import { type CommandOutput, exitCodeOf, tame } from './run-command.ts';

/** Where the command writes; `process` fits. */
export interface ManageSecretsIo extends CommandOutput {
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** The keys of stored secrets for the life of one command. */
export interface OpenSecrets {
  readonly secrets: Pick<SecretKeeper, 'status' | 'rotate'>;
  readonly erasures: Pick<Erasures, 'countRecords'>;
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openSecrets(env: Environment): Promise<OpenSecrets> {
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger, actor: cliActor() });
  const { secrets, erasures } = database;
  return { secrets, erasures, close: () => database.close() };
}

/** Shows progress only where it takes long enough to be seen: agents. */
const MANY = 100;

const HELP = `
Discord tokens and agents' keys are stored encrypted, under a key that is not in the database: in the file that
SECRET_KEY_FILE names, or in SECRET_KEY. rotate makes a new key in that file, encrypts everything anew and takes the
old key out. A running host goes on without a restart. If it is interrupted, run it again: it finishes what was begun.

The old key is gone then. Keep a copy of the file before, for backups of the database, and for another database that
uses the same file. Copy the new file to where you keep backups. Records of erased users (npm run users -- verify) are
found by the key of their time only: without it they are still counted, and no longer anybody's proof.

With SECRET_KEY, set it to a new key (openssl rand -base64 32) and SECRET_KEY_PREVIOUS to the old one, restart the
host, rotate, and remove SECRET_KEY_PREVIOUS. Several old keys stand with commas between them.

Examples:
  npm run secrets -- status              which keys there are, and what is under each
  npm run secrets -- rotate
  npm run -s secrets -- status --json    for programs

Exit codes: 0 done; 1 failed, or something cannot be opened; 2 wrong usage; 78 a wrong setting, or a wrong key.
`;

/**
 * `npm run secrets`: shows and changes the key of what is stored encrypted. Prints ids of keys, never a key.
 *
 * @param open - opens the database; called once the command line is found to be in order
 * @returns the exit code: 0 done, 1 failed or something cannot be opened, 2 wrong usage, 78 a wrong setting or a wrong
 * key. Only a defect is thrown.
 */
export async function manageSecrets(
  argv: readonly string[],
  io: ManageSecretsIo,
  open: () => Promise<OpenSecrets>,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run secrets --'), io)
    .description('Shows and changes the key of what is stored encrypted.')
    .addHelpText('after', HELP);
  const add = (
    name: string,
    description: string,
    work: (opened: OpenSecrets, json: boolean, io: ManageSecretsIo) => Promise<number>,
  ): void => {
    tame(command.command(name), io)
      .description(description)
      .option('--json', 'print one JSON object, for programs')
      .action(async ({ json }: { json?: true }) => {
        const opened = await open();
        try {
          code = await work(opened, json ?? false, io);
        } finally {
          await opened.close();
        }
      });
  };
  add('status', 'show the keys, what is under each, and what cannot be opened', status);
  add('rotate', 'encrypt everything anew under a new key', rotate);
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

async function status({ secrets }: OpenSecrets, json: boolean, io: ManageSecretsIo): Promise<number> {
  const found = await secrets.status();
  io.stdout.write(json ? jsonLine(statusAsJson(found)) : statusAsTable(found));
  const { file, fileMode, rotationBegun, unopened } = found;
  if (fileMode?.tooOpen) {
    io.stderr.write(`warning: others may read or change ${printable(String(file))}; run chmod 600 on it\n`);
  }
  if (rotationBegun) {
    io.stderr.write('warning: a rotation was begun; npm run secrets -- rotate finishes it\n');
  }
  tellUnopened(unopened, io);
  return unopened.length === 0 ? 0 : 1;
}

async function rotate(opened: OpenSecrets, json: boolean, io: ManageSecretsIo): Promise<number> {
  const { secrets } = opened;
  await warnOfErasures(opened, io);
  const rotation = await secrets.rotate((done, total) => {
    if (io.stderr.isTTY && total >= MANY)
      io.stderr.write(`\r${done} of ${total} agents${done < total ? '' : '\n'}`);
  });
  if (json) io.stdout.write(jsonLine(rotationAsJson(rotation)));
  else io.stdout.write(rotation === undefined ? NOTHING : rotationInWords(rotation));
  tellUnopened(rotation?.left ?? [], io);
  return rotation === undefined || rotation.left.length === 0 ? 0 : 1;
}

/** Before anything is done: a copy of the key is to be made now or never. */
async function warnOfErasures(
  { secrets, erasures }: OpenSecrets,
  { stderr }: ManageSecretsIo,
): Promise<void> {
  const { readable } = await erasures.countRecords();
  if (readable === 0 || (await secrets.status()).total === 0) return;
  stderr.write(
    `warning: ${readable} ${readable === 1 ? 'erasure of a user is' : 'erasures of users are'} on record under the ` +
      'key so far; npm run users -- verify cannot find them once that key is gone\n',
  );
}

const NOTHING = 'Nothing is stored encrypted; the key stays as it is.\n';

function rotationInWords({ keyId, resumed, renewed, total, removed, kept }: Rotation): string {
  const lines = [
    `${resumed ? 'Finished the rotation that was begun: ' : ''}${renewed} of ${amount(total)} encrypted anew.`,
    `The key is ${keyId} now.`,
    ...(removed.length === 0 ? [] : [`Removed from the key file: ${removed.join(', ')}.`]),
    ...(kept.length === 0 ? [] : [`Still needed: ${kept.join(', ')}.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function tellUnopened(unopened: readonly UnopenedSecret[], { stderr }: ManageSecretsIo): void {
  for (const { agent, setting, reason } of unopened) {
    stderr.write(`${printable(agent)}: ${printable(setting)}: ${printable(reason)}\n`);
  }
  if (unopened.length > 0) {
    stderr.write('Restore the key that they were stored under, or enter them again (npm run agents).\n');
  }
}

function statusAsTable({ file, fileMode, keys, total }: SecretStatus): string {
  const mode = fileMode === undefined ? '' : ` (mode ${fileMode.mode})`;
  const place = file === undefined ? 'SECRET_KEY' : `${printable(file)}${mode}`;
  const rows = keys.map(({ id, role, secrets }) => [id === '' ? '?' : printable(id), role, String(secrets)]);
  const lines = [['KEY', 'ROLE', 'SECRETS'], ...rows].map(
    ([id = '', role = '', secrets = '']) => `${id.padEnd(8)}  ${role.padEnd(8)}  ${secrets.padStart(7)}`,
  );
  return `${[`${amount(total)}, under keys from ${place}`, ...lines].join('\n')}\n`;
}

function statusAsJson({ file, fileMode, rotationBegun, keys, total, unopened }: SecretStatus): object {
  return {
    source: file === undefined ? 'SECRET_KEY' : 'SECRET_KEY_FILE',
    file: file ?? null,
    file_mode: fileMode?.mode ?? null,
    file_too_open: fileMode?.tooOpen ?? false,
    rotation_begun: rotationBegun,
    keys,
    secrets: total,
    unopened,
  };
}

function rotationAsJson(rotation: Rotation | undefined): object {
  if (rotation === undefined) return { key: null, secrets: 0, renewed: 0 };
  const { keyId, resumed, total, renewed, removed, kept, left } = rotation;
  return { key: keyId, resumed, secrets: total, renewed, removed_keys: removed, kept_keys: kept, left };
}

function amount(secrets: number): string {
  return secrets === 1 ? '1 secret' : `${secrets} secrets`;
}

function jsonLine(value: object): string {
  return `${printable(JSON.stringify(value))}\n`;
}
