// Makes the Prisma schemas and the database clients from prisma/models.prisma. Runs after every install.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DATABASE_PROVIDERS, renderSchema } from '../src/database/render-schema.ts';

const root = path.join(import.meta.dirname, '..');
const models = await readFile(path.join(root, 'prisma/models.prisma'), 'utf8');
for (const provider of DATABASE_PROVIDERS) {
  const file = path.join(root, 'prisma', provider, 'schema.prisma');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, renderSchema(models, provider));
}

// Only the formatter and the client generator are needed, both of which are WebAssembly and JavaScript. Prisma
// would still download a native schema engine first, and fail where its site cannot be reached: naming any
// existing file as the engine keeps it from that. Never set this for `prisma migrate`, which would do nothing.
const env = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
const run = (...args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [prisma, ...args], { cwd: root, env }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`prisma ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error }));
    });
  });
// Beside one another: each takes a second, most of it to start.
await Promise.all(
  DATABASE_PROVIDERS.map(async (provider) => {
    await run('format', '--schema', `prisma/${provider}/schema.prisma`);
    await run('generate', '--schema', `prisma/${provider}/schema.prisma`);
  }),
);
