// npm run agents: looks at the agents table.
import { readEnvironment } from '../src/config/environment.ts';
import { manageAgents } from '../src/cli/manage-agents.ts';
import { openStore } from '../src/cli/open-store.ts';

process.exitCode = await manageAgents(process.argv.slice(2), process, () => openStore(readEnvironment()));
