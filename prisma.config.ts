import { loadConfig } from './src/config/config.ts';
import { readEnvironment } from './src/config/environment.ts';

// For those who run Prisma's own tools, such as `npx prisma migrate deploy`: the same database, schema and
// migrations as the host's. The host itself needs none of this: it migrates at start.
const { database } = loadConfig(readEnvironment({ cwd: import.meta.dirname }));

export default {
  schema: `prisma/${database.provider}/schema.prisma`,
  migrations: { path: `prisma/${database.provider}/migrations` },
  datasource: { url: database.url },
};
