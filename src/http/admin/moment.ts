import { z } from 'zod';

/** A moment in ISO 8601, in UTC, that every database can compare with: from 1970 on. */
export const moment = z.iso
  .datetime('must be a moment in UTC, such as 2026-11-30T12:00:00Z')
  .refine((text) => text >= '1970', 'must be in 1970 or later');
