import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { printable } from '../../agents-file/show-value.ts';
import { createCommands } from '../../commands/create-commands.ts';
import type { Environment } from '../../config/environment.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { answerLines } from './answer-lines.ts';
import { attachFile } from './attached-file.ts';
import { Chat } from './chat.ts';
import { openChatHouse } from './chat-house.ts';
import { type ChatUser, LOCAL_USER } from './chat-user.ts';
import { type ChatQuestions, chooseAgent } from './choose-agent.ts';
import { converse } from './converse.ts';
import type { TerminalOutput } from './live-text.ts';

/** The process's streams. */
export interface ChatIo extends CommandOutput {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: TerminalOutput & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** What the command works with. */
export interface RunChatDeps {
  readonly env: Environment;
  /** The folder from which relative paths begin. */
  readonly cwd: string;
  /** Asks on the terminal. */
  readonly questions: ChatQuestions;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
}

interface Flags {
  readonly user?: string;
  readonly name?: string;
  readonly message?: string;
  readonly attach?: readonly string[];
  readonly json?: true;
}

/** Exit code of what was interrupted: 128 and the number of SIGINT. */
const EXIT_INTERRUPTED = 130;

/** How long a command that has its answers waits for what is left to do in the background, in milliseconds. */
const SETTLE = 30_000;

/** Discord's ids are below. */
const END_OF_IDS = 2n ** 64n;

const HELP = `
NAME is an agent of the agents table; it may be disabled or have no Discord token, and a host may run meanwhile. It
answers as in a direct message on Discord: memory, budgets, limits, guard and records are the real ones. Without NAME
you choose.

In a terminal it is a chat: /help lists its commands. Without one, or with --json, each line of standard input is a
message and each answer is printed; nothing else is.

You are a user of this terminal only (id ${LOCAL_USER.id}), whom an agent answers whatever its lists of Discord users say.
With --user you are that user of Discord, with all that the agent remembers and allows of them but their roles.

Examples:
  npm run chat -- Parrot
  npm run chat -- Helper --user 81384788765712384 --name Ada
  npm run -s chat -- Helper --message "What is in here?" --attach notes.txt
  echo hello | npm run -s chat -- Parrot
  npm run -s chat -- Helper --json < questions.txt

Exit codes: 0 done, all was answered; 1 failed, or something was not answered; 2 wrong usage; 78 a wrong setting;
130 interrupted.
`;

/**
 * `npm run chat`: talks to an agent in the terminal, by the same way as on Discord.
 *
 * @returns the exit code: 0 all answered, 1 not, or failed, 2 wrong usage, 78 a wrong setting, 130 interrupted. Only a
 * defect is thrown.
 */
export async function runChat(argv: readonly string[], io: ChatIo, deps: RunChatDeps): Promise<number> {
  const collect = (path: string, paths: readonly string[] = []): string[] => [...paths, path];
  let code = 0;
  const command = tame(new Command('npm run chat --'), io)
    .description('Talks to an agent in the terminal, by the same way as on Discord.')
    .argument('[name]', "the agent's name")
    .option('-u, --user <id>', 'the Discord id of who talks (default: a user of this terminal only)', userId)
    .option('-n, --name <name>', 'the name of who talks, as the agent sees it', userName)
    .option('-m, --message <text>', 'say only this, and print the answer')
    .option('-a, --attach <path>', 'a file that goes with the first message (repeatable)', collect)
    .option('--json', 'print one JSON object an answer, for programs')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, flags: Flags) => {
      if (flags.message?.trim() === '' && flags.attach === undefined) {
        command.error('error: --message says nothing, and no file goes with it');
      }
      code = await talk(name, flags, io, deps);
    });
  const failed = await exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
  return deps.signal.aborted ? EXIT_INTERRUPTED : failed;
}

async function talk(
  name: string | undefined,
  flags: Flags,
  io: ChatIo,
  { env, cwd, questions, signal }: RunChatDeps,
): Promise<number> {
  const { stdin, stdout, stderr } = io;
  const canAsk = stdin.isTTY === true && stdout.isTTY === true;
  const isChat = canAsk && flags.message === undefined && flags.json === undefined;
  const attachments = await Promise.all((flags.attach ?? []).map((file) => attachFile(file, cwd)));
  const house = await openChatHouse(env, isChat || stderr.isTTY === true ? undefined : stderr);
  try {
    const record = await chooseAgent(house.database.agents, name, canAsk ? questions : undefined);
    const chat = new Chat(record, userOf(flags), house);
    if (isChat) {
      const { memory } = house.database;
      const options = {
        input: stdin,
        output: stdout,
        color: house.config.log.color,
        commands: createCommands({ memory, now: () => new Date() }),
        cwd,
        attachments,
      };
      await converse(chat, options, signal);
      return 0;
    }
    const doubt = await chat.check(signal);
    if (doubt !== undefined) stderr.write(`${printable(doubt)}\n`);
    const lines = flags.message === undefined ? createInterface({ input: stdin, signal }) : [flags.message];
    const output = { json: flags.json === true, attachments };
    const answered = await answerLines(chat, lines, io, output, signal);
    if (!signal.aborted) await house.settle(SETTLE);
    return answered ? 0 : 1;
  } catch (error) {
    // What ends early because it is to end has not failed.
    if (signal.aborted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await house.close();
  }
}

function userOf({ user, name }: Flags): ChatUser {
  if (user === undefined || user === LOCAL_USER.id)
    return { ...LOCAL_USER, ...(name !== undefined && { name }) };
  return { id: user, name: name ?? 'user' };
}

function userId(text: string): string {
  if (/^[1-9]\d{0,19}$/.test(text) && BigInt(text) < END_OF_IDS) return text;
  throw new InvalidArgumentError('A Discord id has digits only and is below 2^64, like 81384788765712384.');
}

function userName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (/^[^\p{Cc}\p{Bidi_Control}]{1,80}$/u.test(name)) return name;
  throw new InvalidArgumentError('It must have 1 to 80 characters, and no control characters.');
}
