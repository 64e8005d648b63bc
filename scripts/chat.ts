// npm run chat: talks to an agent in the terminal.
import { callingFolder } from '../src/cli/calling-folder.ts';
import { runChat } from '../src/cli/chat/run-chat.ts';
import { terminalQuestions } from '../src/cli/chat/terminal-questions.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

const interrupt = new AbortController();
// A second signal ends it at once.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => {
    interrupt.abort();
  });
}
// Whoever read the answers is gone: `npm run chat | head`.
process.stdout.on('error', () => {
  interrupt.abort();
});
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return runChat(process.argv.slice(2), process, {
    env,
    cwd: callingFolder(env, 'chat'),
    questions: terminalQuestions,
    signal: interrupt.signal,
  });
}, process);
// Idle keep-alive sockets to a provider must not hold the process.
process.stdout.write('', () => process.exit());
