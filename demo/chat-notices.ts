import type { AgentRecord, BotState, BotStatus } from '../src/agents/agent-record.ts';
import { CAST, isLlm } from './cast.ts';
import { COMMANDS } from './commands.ts';
import type { Paint, Style } from './paint.ts';
import { type Stage, USER_NAME } from './stage.ts';
import { clip, wrap } from './text-width.ts';

/** How a state is coloured. */
export function styleOf(state: BotState): Style {
  switch (state) {
    case 'ready':
      return 'green';
    case 'parked':
      return 'red';
    case 'stopped':
    case 'off-discord':
    case 'left-out':
      return 'dim';
    case 'starting':
    case 'reconnecting':
    case 'backing-off':
      return 'yellow';
  }
}

/** What the chat begins with: what this is, what speaks for the LLM agent, and what to try. */
export function greeting(
  { speaker, llm }: Pick<Stage, 'speaker' | 'llm'>,
  paint: Paint,
  columns: number,
): string[] {
  const bots = CAST.map(({ name, avatar, colour }) => paint(colour, `${avatar} ${name}`)).join('  ');
  const line = (text: string): string[] => wrap(text, columns).map((part) => paint('dim', part));
  const whereTo =
    llm === undefined
      ? 'what you say to it goes there, and costs what it costs there.'
      : "which has few lines: with OPENAI_API_KEY or another provider's key set it speaks with a real one. Nothing leaves this machine.";
  return [
    `${paint('bold', 'Troupe')}  ${bots}`,
    ...line(
      `A Discord of its own, three echo bots and an LLM agent, the real host in between. You are ${USER_NAME}.`,
    ),
    ...line(`Dramaturg speaks with ${speaker}${llm === undefined ? ':' : ','} ${whereTo}`),
    ...line(
      'Try @Dramaturg I love thunder, then /dm Dramaturg what do you know about me? Or @Prompter to be, or not to be; /reply louder, /drop Herald, /agents.',
    ),
    ...line('Tab completes names and commands, /help lists them, Ctrl-C leaves.'),
    '',
  ];
}

/** The list of commands. */
export function helpLines(
  { messageLength }: Pick<Stage, 'messageLength'>,
  paint: Paint,
  columns: number,
): string[] {
  const commands = Object.entries(COMMANDS).map(([name, { usage, help }]) => {
    const written = `/${name} ${usage}`;
    return `   ${paint('bold', written.padEnd(19))} ${clip(help, columns - 23)}`;
  });
  const rest = `Anything else is said where you are; bots answer when mentioned (@Name) or replied to. \\n is a line break. A message has at most ${messageLength} characters here, so that long answers come in pieces.`;
  return [...commands, ...wrap(rest, columns - 3).map((line) => paint('dim', `   ${line}`))];
}

/** The agents table, with where each bot stands and why. */
export function agentLines(agents: readonly AgentRecord[], paint: Paint, columns: number): string[] {
  return agents.flatMap(({ name, status, config }) => {
    const role = CAST.find((candidate) => candidate.name === name);
    const who = paint([role?.colour ?? 'white', 'bold'], name.padEnd(11));
    const state = paint(styleOf(status.state), status.state.padEnd(13));
    const [before, between, after] = isLlm(name) ? ['provider', ' ', 'model'] : ['prefix', '…', 'suffix'];
    const says = clip(`${String(config[before])}${between}${String(config[after])}`, columns - 31);
    const row = `   ${paint(role?.colour ?? 'white', role?.avatar ?? '●')} ${who} ${state} ${says}`;
    const reason = wrap(status.reason, columns - 17).map((line) => paint('dim', `${' '.repeat(17)}${line}`));
    return status.reason === '' ? [row] : [row, ...reason];
  });
}

/** That a bot stands elsewhere now. */
export function stateNotice(name: string, { state, reason }: BotStatus): string {
  return reason === '' ? `${name} is ${state}` : `${name} is ${state}: ${reason}`;
}
