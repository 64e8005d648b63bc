import type { AgentRecord, BotState, BotStatus } from '../src/agents/agent-record.ts';
import { CAST } from './cast.ts';
import { COMMANDS } from './commands.ts';
import type { Paint, Style } from './paint.ts';
import { MESSAGE_LENGTH } from './stage.ts';
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

/** What the chat begins with: what this is, and what to try. */
export function greeting(paint: Paint, columns: number): string[] {
  const bots = CAST.map(({ name, avatar, colour }) => paint(colour, `${avatar} ${name}`)).join('  ');
  const line = (text: string): string[] => wrap(text, columns).map((part) => paint('dim', part));
  return [
    `${paint('bold', 'Troupe')}  ${bots}`,
    ...line('A Discord of its own, three echo bots, the real host in between. Nothing leaves this machine.'),
    ...line(
      'Try @Prompter to be, or not to be. Then /reply louder, /dm Herald hello, /drop Herald, /agents.',
    ),
    ...line('Tab completes names and commands, /help lists them, Ctrl-C leaves.'),
    '',
  ];
}

/** The list of commands. */
export function helpLines(paint: Paint, columns: number): string[] {
  const commands = Object.entries(COMMANDS).map(([name, { usage, help }]) => {
    const written = `/${name} ${usage}`;
    return `   ${paint('bold', written.padEnd(19))} ${clip(help, columns - 23)}`;
  });
  const rest = `Anything else is said where you are; bots answer when mentioned (@Name) or replied to. \\n is a line break. A message has at most ${MESSAGE_LENGTH} characters here, so that long answers come in pieces.`;
  return [...commands, ...wrap(rest, columns - 3).map((line) => paint('dim', `   ${line}`))];
}

/** The agents table, with where each bot stands and why. */
export function agentLines(agents: readonly AgentRecord[], paint: Paint, columns: number): string[] {
  return agents.flatMap(({ name, status, config }) => {
    const role = CAST.find((candidate) => candidate.name === name);
    const who = paint([role?.colour ?? 'white', 'bold'], name.padEnd(11));
    const state = paint(styleOf(status.state), status.state.padEnd(13));
    const says = clip(`${String(config['prefix'])}…${String(config['suffix'])}`, columns - 31);
    const row = `   ${paint(role?.colour ?? 'white', role?.avatar ?? '●')} ${who} ${state} ${says}`;
    const reason = wrap(status.reason, columns - 17).map((line) => paint('dim', `${' '.repeat(17)}${line}`));
    return status.reason === '' ? [row] : [row, ...reason];
  });
}

/** That a bot stands elsewhere now. */
export function stateNotice(name: string, { state, reason }: BotStatus): string {
  return reason === '' ? `${name} is ${state}` : `${name} is ${state}: ${reason}`;
}
