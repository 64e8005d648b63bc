// npm run secrets: shows and changes the key of what is stored encrypted.
import { manageSecrets, openSecrets } from '../src/cli/manage-secrets.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageSecrets(process.argv.slice(2), process, () => openSecrets(env));
}, process);
