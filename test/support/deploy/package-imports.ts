import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../run-process.ts';

/** An import that is there at run time, from `"x"` or of a package's name; types alone are erased. */
const IMPORT =
  /^\s*(?:import|export)\s(?!type\s)(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\(\s*'([^']+)'|(?:\brequire|createRequire\([^)]*\)\.resolve)\(\s*'([^']+)'/gms;

/** Every package that the sources in a folder of the project import at run time, with a file that does. */
export function packageImports(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
    if (!/\.[jt]s$/.test(name)) continue;
    const file = path.join(folder, name);
    for (const [, ...groups] of readFileSync(path.join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const specifier = groups.join('');
      if (/^(?:\.|\/|node:|#)/.test(specifier)) continue;
      const [scope = '', base = ''] = specifier.split('/');
      found.set(scope.startsWith('@') ? `${scope}/${base}` : scope, file);
    }
  }
  return found;
}
