// Takes the lock of a file, and holds it until it is killed.
import { takeProcessLock } from '../../src/database/process-lock.ts';

const lock = takeProcessLock(process.argv[2] ?? '');
process.stdout.write(lock === undefined ? 'taken by another\n' : 'taken\n');
setInterval(() => lock?.fileId, 1_000);
