import { printable } from '../../agents-file/show-value.ts';
import { describeDatabase } from '../../database/open-client.ts';
import { telling } from '../../database/dump-trouble.ts';
import { openMigrated } from '../../database/open-migrated.ts';
import { type LogFields, silentLogger } from '../../observability/logger.ts';
import { jsonLine } from '../json-line.ts';
import type { Task } from './task.ts';

/** `npm run db -- migrate` */
export async function migrate({ io, json, config }: Task): Promise<number> {
  const { database } = config;
  const applied: string[] = [];
  const logger = {
    ...silentLogger,
    info: (_: string, fields: LogFields = {}): void => {
      if (typeof fields['migration'] === 'string') applied.push(fields['migration']);
    },
  };
  await telling(database, async () => (await openMigrated(database, logger)).close());
  if (json) io.stdout.write(jsonLine({ applied }));
  else if (applied.length > 0)
    io.stdout.write(applied.map((name) => `applied ${printable(name)}\n`).join(''));
  else io.stdout.write(`${printable(describeDatabase(database))} is up to date.\n`);
  return 0;
}
