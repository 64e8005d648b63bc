// Writes so many lines to a log's file that is put aside all the time, and ends.
import { createRedactor } from '../../src/observability/redactor.ts';
import { createLogger } from '../../src/observability/winston-logger.ts';

const [file = '', name = '', count = ''] = process.argv.slice(2);
const rotation = { maxBytes: 4_000, maxAgeMs: 0, maxFiles: 0, compress: true };
const logger = createLogger(
  { level: 'info', format: 'json', toConsole: false, toFile: true, file, rotation, color: false },
  { redactor: createRedactor() },
);
for (let number = 0; number < Number(count); number++) {
  logger.info('line', { name, number });
  // So that the two take turns.
  if (number % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await logger.close();
