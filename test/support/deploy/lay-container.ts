import { spawn, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { follow, ROOT, type RunningProcess } from '../run-process.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { copiedFiles, imageEnvironment } from './dockerfile.ts';

/** The user of the image. */
const USER = 1000;

/** What is in the image, laid out in a folder, as far as that goes without a container engine. */
export interface LaidContainer {
  /** The folders that the image declares as volumes; writable, everything else is not. */
  readonly volumes: { readonly data: string; readonly logs: string };
  /** Runs a command of the image in its folder, with its variables and these, not as root. */
  run(command: readonly string[], env: Record<string, string>): RunningProcess;
  /** Every file that is not in a volume, with its size and the time of its last change. */
  files(): Promise<string[]>;
  /** Why a command cannot be run as the image's user here; undefined where it can. */
  readonly trouble: string | undefined;
}

/**
 * Copies what the Dockerfile copies, and takes away everybody's right to write there. `node_modules` are the project's
 * own, by a link: an install takes a minute and needs a registry.
 */
export async function layContainer(): Promise<LaidContainer> {
  const outer = await temporaryDirectory();
  await chmod(outer, 0o755);
  const app = path.join(outer, 'app');
  await mkdir(app);
  for (const { from, to } of copiedFiles()) {
    for (const source of from) {
      const target = from.length > 1 || to.endsWith('./') ? path.join(to, path.basename(source)) : to;
      await cp(path.join(ROOT, source), path.join(app, target), { recursive: true });
    }
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(app, 'node_modules'));
  const volumes = { data: path.join(app, 'data'), logs: path.join(app, 'logs') };
  for (const volume of Object.values(volumes)) await mkdir(volume);
  await setModes(app, 0o444, 0o555);
  onTestFinished(() => setModes(app, 0o644, 0o755));
  for (const volume of Object.values(volumes)) await chmod(volume, 0o777);

  const user = process.getuid?.() === 0 ? { uid: USER, gid: USER } : {};
  const start = (command: readonly string[]) => {
    const [program = '', ...words] = command;
    return { program: program === 'node' ? process.execPath : program, words };
  };
  const look = spawnSync(process.execPath, ['--import', './scripts/preload.js', '-e', ''], {
    cwd: app,
    ...user,
  });
  return {
    volumes,
    trouble:
      look.status === 0
        ? undefined
        : `the user ${USER} cannot read this checkout: ${look.error?.message ?? look.stderr.toString()}`,
    run(command, env) {
      const { program, words } = start(command);
      return follow(
        spawn(program, words, {
          cwd: app,
          env: { PATH: path.dirname(process.execPath), ...imageEnvironment, ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
          ...user,
        }),
      );
    },
    async files() {
      const names = await readdir(app, { recursive: true });
      const own = names.filter((name) => !/^(?:node_modules|data|logs)(?:\/|$)/.test(name));
      return Promise.all(
        own.sort().map(async (name) => {
          const { size, mtimeMs } = await stat(path.join(app, name));
          return `${name} ${size} ${mtimeMs}`;
        }),
      );
    },
  };
}

async function setModes(folder: string, file: number, directory: number): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) await setModes(at, file, directory);
    else if (entry.isFile()) await chmod(at, file);
  }
  await chmod(folder, directory);
}
