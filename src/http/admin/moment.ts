import { z } from 'zod';

/** A moment in ISO 8601, in UTC, that every database can compare with: from 1970 on. */
export const moment = z.iso.datetime().refine((text) => text >= '1970', 'must be in 1970 or later');
