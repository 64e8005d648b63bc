import { printable } from '../agents-file/show-value.ts';

/** A value as one line of JSON for a program, which is safe to print on a terminal too. */
export function jsonLine(value: unknown): string {
  return `${printable(JSON.stringify(value))}\n`;
}
