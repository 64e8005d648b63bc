import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

/**
 * Loads the YAML library. It costs time and memory at start, which is for those alone who have a settings file, or agents
 * whose models have prices; and those are read where nothing asynchronous can be waited for.
 */
export function loadYaml(): typeof Yaml {
  return createRequire(import.meta.url)('yaml') as typeof Yaml;
}
