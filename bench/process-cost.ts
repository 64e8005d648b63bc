import { readFile } from 'node:fs/promises';

/** The kernel counts processor time in hundredths of a second (USER_HZ, on every Linux). */
const TICK = 10;

/** Resident memory of a process, in megabytes of a million bytes. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`the memory of process ${pid} cannot be read`);
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Processor time that a process has used, all threads together, in milliseconds. */
export async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; what follows it begins with the third field (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}
