import { z } from 'zod';
import { ConflictError } from '../../errors.ts';
import { HttpError } from './problem.ts';

/**
 * An agent's version as an entity tag: that of its settings and token, whatever its bot does meanwhile. A strong one, though
 * the state of a bot beside it changes without it: weak ones never match in `If-Match`, and nothing is cached by it.
 */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/**
 * The header of a request that changes what somebody has seen. It has to be there, and is described so; its absence is no
 * mistake of form but has an answer of its own: see {@link wantedTags}.
 */
export const IF_MATCH = z.looseObject({
  'if-match': z
    .string()
    .optional()
    .describe(
      'The `ETag` of what you saw, so that nobody else’s change is lost; several: any of them; `*`: whatever it is now.',
    ),
});

/** An entity tag. See RFC 9110, 8.8.3. */
const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const TAGS = new RegExp(String.raw`^[\t ,]*${TAG}(?:[\t ]*,[\t ,]*${TAG})*[\t ,]*$`);

/**
 * The tags of which one has to be that of what is changed; undefined: whatever it is.
 *
 * @throws {HttpError} 428 without the header, 400 when it is no list of tags
 */
export function wantedTags(header: string | undefined): readonly string[] | undefined {
  if (header === undefined) {
    throw new HttpError(428, 'this changes what others may change too, so it needs If-Match', {
      remedy: 'Send the ETag of what you saw, or * for whatever it is now.',
    });
  }
  if (header.trim() === '*') return undefined;
  if (TAGS.test(header)) return header.match(new RegExp(TAG, 'g')) ?? [];
  throw new HttpError(400, 'If-Match is neither * nor a list of ETags, such as "3" with its quotes');
}

/**
 * Refuses to change what is of none of the wanted versions. Tags are compared strongly, as RFC 9110, 13.1.1 demands.
 *
 * @param wanted - see {@link wantedTags}
 * @throws {ConflictError}
 */
export function refuseOthers(
  { name, version }: { readonly name: string; readonly version: number },
  wanted: readonly string[] | undefined,
): void {
  const tag = versionTag(version);
  if (wanted === undefined || wanted.includes(tag)) return;
  const seen = wanted.slice(0, 9).join(', ').replaceAll('"', '').slice(0, 200);
  throw new ConflictError(`agent "${name}" is of version ${version}, not ${seen}`, {
    remedy: wanted.includes(`W/${tag}`)
      ? `A weak tag never matches; a proxy on the way made it one. Send If-Match: ${tag}, its version in quotes.`
      : 'Read it again, and repeat the change if it still makes sense.',
  });
}
