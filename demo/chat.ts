import type { ReadStream, WriteStream } from 'node:tty';
import { messageOf } from '../src/errors.ts';
import { createOrderedTasks } from '../src/util/ordered-tasks.ts';
import { ChatActions } from './chat-actions.ts';
import { ChatFeed } from './chat-feed.ts';
import { agentLines, greeting, helpLines } from './chat-notices.ts';
import { completeLine } from './complete-line.ts';
import type { Paint } from './paint.ts';
import { type Action, parseLine } from './parse-line.ts';
import { openScreen } from './screen.ts';
import type { Stage } from './stage.ts';

/** The terminal that is chatted in. */
export interface ChatTerminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly paint: Paint;
}

/** Lets somebody chat on a stage; resolves when they leave, or when `signal` aborts. */
export async function chat(stage: Stage, terminal: ChatTerminal, signal: AbortSignal): Promise<void> {
  const { input, output, paint } = terminal;
  const tasks = createOrderedTasks();
  const screen = openScreen({
    input,
    output,
    complete: completeLine,
    onLine: (line) => {
      const action = parseLine(line);
      tasks
        .run('line', () => perform(action))
        .catch((error: unknown) => {
          feed.note(messageOf(error));
        });
    },
  });
  const place = stage.house.general;
  const feed = new ChatFeed(stage, screen, paint, place);
  const actions = new ChatActions(stage, feed, place);
  const perform = async (action: Action): Promise<void> => {
    if (action.kind === 'quit') screen.close();
    else if (action.kind === 'help') feed.show(helpLines(stage, paint, screen.columns));
    else if (action.kind === 'agents') {
      feed.show(agentLines(await stage.desk.list(), paint, screen.columns));
    } else if (action.kind !== 'nothing') await actions.do(action);
  };

  screen.print(greeting(stage, paint, screen.columns));
  const end = feed.start();
  signal.addEventListener('abort', () => {
    screen.close();
  });
  if (signal.aborted) screen.close();
  await screen.closed;
  end();
}
