import { Command } from 'commander';
import { quote } from '../../agents-file/show-value.ts';
import { redactShapes } from '../../observability/secret-shapes.ts';
import { nearest } from '../../util/nearest.ts';
import { exitCodeOf, tame } from '../run-command.ts';
import { deleteAgents } from './delete-agents.ts';
import { CREATE_HELP, DELETE_HELP, EDIT_HELP, HELP, TEST_HELP } from './help.ts';
import { type Manager, type ManagerIo, type ManagerPlace, openManager } from './manager.ts';
import { listAgents, showAgent } from './read-commands.ts';
import { addSettingOptions } from './setting-options.ts';
import { switchAgents } from './switch-agents.ts';
import { testAgent } from './test-agent.ts';
import { createAgent, duplicateAgent, editAgent } from './write-commands.ts';

/** Does a command's work, and returns the exit code. */
type Work = (manager: Manager) => Promise<number>;

const done = (): number => 0;

/** Opens a manager for some work, and closes it. */
type Run = (work: Work) => Promise<void>;

/**
 * `npm run agents`: makes and manages agents; without words on a terminal, by menus.
 *
 * @returns the exit code: 0 done, or left with Ctrl-C; 1 refused, failed or found wrong; 2 wrong usage; 78 a wrong
 * setting. Only a defect is thrown.
 */
export async function manageAgents(
  argv: readonly string[],
  io: ManagerIo,
  place: ManagerPlace,
): Promise<number> {
  let code = 0;
  const program = createProgram(io, async (work) => {
    const manager = await openManager(place);
    try {
      code = await work(manager);
    } finally {
      await manager.close();
    }
  });
  return exitCodeOf(async () => {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

function createProgram(io: ManagerIo, run: Run): Command {
  // What commander complains about, it repeats; that may be a token.
  const careful = {
    stdout: io.stdout,
    stderr: { write: (text: string) => io.stderr.write(redactShapes(text)) },
  };
  const program = tame(new Command('npm run agents --'), careful)
    .description('Makes and manages agents. Without a command, by menus on a terminal.')
    .addHelpText('after', HELP)
    .allowExcessArguments()
    .action(() => {
      refuseUnknown(program);
      // Without a terminal there is nobody to ask.
      if (!io.stdin.isTTY || !io.stdout.isTTY) program.help({ error: true });
      return run(async (manager) => {
        const { runMenu } = await import('./menu/run-menu.ts');
        await runMenu(manager);
        return 0;
      });
    });
  const add = (words: string, description: string, help = ''): Command =>
    tame(program.command(words), careful)
      .description(description)
      .option('--json', 'print one JSON value, for programs')
      .addHelpText('after', help);
  addReading(add, io, run);
  addSaving(add, io, run);
  addSwitching(add, io, run);
  return program;
}

function refuseUnknown(program: Command): void {
  const [word] = program.args;
  if (word === undefined) return;
  const known = program.commands.map((command) => command.name());
  const meant = nearest(word, known);
  const hint = meant === undefined ? `known are: ${known.join(', ')}` : `did you mean ${quote(meant)}?`;
  program.error(`error: unknown command ${quote(word)}; ${hint}`);
}

type Add = (words: string, description: string, help?: string) => Command;

function addReading(add: Add, io: ManagerIo, run: Run): void {
  add('list', 'list every agent with the state of its bot').action((flags: { json?: true }) =>
    run((manager) => listAgents(flags, manager, io).then(done)),
  );
  add('show <name>', 'show everything about an agent; secrets are masked').action(
    (name: string, flags: { json?: true }) =>
      run((manager) => showAgent(name, flags, manager, io).then(done)),
  );
  add('test <name>', 'find out whether an agent can answer', TEST_HELP)
    .option('-m, --message <text>', 'also have it answer this once, without Discord')
    .option('--offline', 'ask neither Discord nor the model')
    .action((name: string, flags: { message?: string; offline?: true; json?: true }) =>
      run((manager) => testAgent(name, flags, manager, io)),
    );
}

function addSaving(add: Add, io: ManagerIo, run: Run): void {
  const addSave = (words: string, description: string, help: string): Command =>
    addSettingOptions(add(words, description, help))
      .option('--offline', 'ask neither Discord nor the model')
      .option('--force', 'save what is wrong too');
  addSave('create <name>', 'make an agent', CREATE_HELP).action(
    (name: string, _: unknown, command: Command) =>
      run((manager) => createAgent(name, command, manager, io).then(done)),
  );
  addSave('edit <name>', 'change an agent', EDIT_HELP)
    .option('--name <new>', 'call it something else')
    .option('--remove-token', 'take it off Discord')
    .action((name: string, _: unknown, command: Command) =>
      run((manager) => editAgent(name, command, manager, io).then(done)),
    );
  addSave('duplicate <name> <new>', 'make an agent like another one, without its token', CREATE_HELP).action(
    (name: string, copy: string, _: unknown, command: Command) =>
      run((manager) => duplicateAgent(name, copy, command, manager, io).then(done)),
  );
}

function addSwitching(add: Add, io: ManagerIo, run: Run): void {
  for (const [word, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    add(`${word} <names...>`, enabled ? 'run agents' : 'stop running agents, and keep them').action(
      (names: string[], flags: { json?: true }) =>
        run((manager) => switchAgents(names, { ...flags, enabled }, manager, io).then(done)),
    );
  }
  add('delete <names...>', 'delete agents and what they remember, for good (asks first)', DELETE_HELP)
    .option('-y, --yes', 'ask nothing')
    .action((names: string[], flags: { yes?: true; json?: true }) =>
      run((manager) => deleteAgents(names, flags, manager, io).then(done)),
    );
}
