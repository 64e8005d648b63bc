import type { Environment } from '../config/environment.ts';

/**
 * The folder from which relative paths on a command line begin: npm runs scripts in the package's folder, and a path
 * is meant from where npm was called.
 *
 * @param script - the npm script's name
 */
export function callingFolder(env: Environment, script: string): string {
  const { npm_lifecycle_event: running, INIT_CWD: called } = env;
  return running === script && called !== undefined && called !== '' ? called : process.cwd();
}
