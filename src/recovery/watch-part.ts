import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import type { Incidents } from './incidents.ts';
import type { Area, POLICY, ReasonOf } from './policy.ts';

/** A part of the host that runs by itself, and is started again when it breaks. */
export type PartArea = {
  [A in Area]: (typeof POLICY)[A] extends { readonly defect: object } ? A : never;
}[Area];

/**
 * Watches a part: what it cannot do is an incident until it can, and so is a defect until it runs again.
 *
 * @param reasonOf - what a failure of this part is, or which one of several
 */
export function watchPart<A extends PartArea>(
  area: A,
  reasonOf: ReasonOf<A> | ((error: unknown) => ReasonOf<A>),
  { incidents, logger }: { readonly incidents: Incidents; readonly logger: Logger },
): PartWatch {
  const log = logDefects(area, logger);
  const reasons = typeof reasonOf === 'function' ? undefined : [reasonOf];
  return {
    failed: (error) => {
      incidents.report(area, typeof reasonOf === 'function' ? reasonOf(error) : reasonOf, { error });
    },
    worked: () => {
      incidents.recovered(area, { reasons: reasons ?? OTHER_THAN_DEFECTS });
    },
    broke: (error) => {
      log.broke(error);
      incidents.report<PartArea>(area, 'defect', { error });
    },
    mended: () => {
      log.mended();
      incidents.recovered(area, { reasons: ['defect'] });
    },
  };
}

/** Of the parts that can fail in more than one way. */
const OTHER_THAN_DEFECTS = ['broken', 'unreadable'];
