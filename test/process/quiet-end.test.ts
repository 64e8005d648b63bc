import { expect, it } from 'vitest';
import { runProcess } from '../support/run-process.ts';
import { testDatabase } from '../support/test-database.ts';

/** What prints something where there is nothing. */
const SCRIPTS: [script: string, ...args: string[]][] = [
  ['doctor', '--offline'],
  ['export-agents'],
  ['manage-memory', '--help'],
  ['manage-secrets', 'status'],
  ['show-config'],
  ['show-usage'],
];

it.each(SCRIPTS)('%s ends quietly when nobody reads what it prints', async (script, ...args) => {
  const { file } = await testDatabase();
  const env = {
    DATABASE_URL: `file:${file}`,
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    LOG_TO_FILE: 'false',
  };
  const { child, ended, output } = runProcess(`scripts/${script}.ts`, env, args);
  // The pipe is closed long before the first word.
  child.stdout?.destroy();
  expect(await ended).toBe(0);
  expect(output()).toBe('');
});
