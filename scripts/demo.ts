// npm run demo: the whole system without a Discord account, as a chat in the terminal.
import { runDemo } from '../demo/run-demo.ts';

process.exitCode = await runDemo(process.argv.slice(2), process);
// Nothing is left to do once all is written; what lingers (idle keep-alive sockets) must not hold the process.
process.stdout.write('', () => process.exit());
