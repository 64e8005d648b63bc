// npm run doctor: tells what is wrong with this installation, and how to mend it.
import { runDoctor } from '../src/cli/doctor/doctor.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';

endQuietly();
process.exitCode = await runDoctor(process.argv.slice(2), process, {
  cwd: process.cwd(),
  real: process.env,
  system: { nodeVersion: process.versions.node, platform: process.platform, arch: process.arch },
  now: Date.now,
});
// What was given up, and idle keep-alive sockets, must not hold the process.
process.stdout.write('', () => process.exit());
