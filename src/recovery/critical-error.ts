import { TroupeError } from '../errors.ts';
import type { Rule } from './policy.ts';
import { EXIT_DEFECT } from './exit-codes.ts';

/** A promise cannot be kept any more: the host has to end. Its remedy says what to do. */
export class CriticalError extends TroupeError {
  override readonly name = 'CriticalError';
  /** With what the process ends. */
  readonly exitCode: number;

  constructor(message: string, { remedy = '', exitCode = EXIT_DEFECT }: Rule, cause: unknown) {
    super(message, { remedy, cause });
    this.exitCode = exitCode;
  }
}
