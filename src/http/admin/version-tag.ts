import { z } from 'zod';
import { HttpError } from './problem.ts';

/** An agent's version as an entity tag: that of its settings and token, whatever its bot does meanwhile. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/** The header of a request that changes what somebody has seen. One without it is answered by {@link wantedVersion}. */
export const IF_MATCH = z.looseObject({
  'if-match': z.custom<string | undefined>().meta({
    type: 'string',
    description:
      'The `ETag` of what you saw, so that nobody else’s change is lost; several: any of them; `*`: whatever it is now.',
  }),
});

/**
 * The version that a request wants to change; undefined: whatever it is.
 *
 * @throws {HttpError} 428 without the header, 400 when it is no tag
 */
export function wantedVersion(header: string | undefined): number | undefined {
  if (header === undefined) {
    throw new HttpError(428, 'this changes what others may change too, so it needs If-Match', {
      remedy: 'Send the ETag of what you saw, or * for whatever it is now.',
    });
  }
  if (header.trim() === '*') return undefined;
  const version = /^"(\d{1,10})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw new HttpError(400, 'If-Match is none of the ETags of this API');
  return Number(version);
}
