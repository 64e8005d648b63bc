import type { Logger } from '../observability/logger.ts';

/** Hears how a part of the host fares that runs by itself. */
export interface PartWatch {
  /** It could not do its work this time, as happens; it tries again by itself. */
  failed(error: unknown): void;
  /** It does its work. Told often: costs next to nothing. */
  worked(): void;
  /** It ended or threw what it should have taken care of: a defect. It is started again after a while. */
  broke(error: unknown): void;
  /** It runs again after it broke. */
  mended(): void;
}

/** Logs what breaks; what merely fails a part logs by itself. */
export function logDefects(part: string, logger: Logger): PartWatch {
  return {
    failed: () => undefined,
    worked: () => undefined,
    broke: (error) => {
      logger.error('a part of the host failed unexpectedly; it is started again', { part, error });
    },
    mended: () => {
      logger.info('a part of the host runs again', { part });
    },
  };
}
