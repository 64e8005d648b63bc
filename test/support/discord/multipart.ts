/** One field of a form. */
export interface FormPart {
  name: string;
  /** Only files have one. */
  filename: string | undefined;
  contentType: string | undefined;
  data: Uint8Array;
}

const CRLF = '\r\n';

/**
 * Takes a form apart (RFC 7578).
 *
 * @param contentType the header, which tells the boundary
 * @throws Error when it is no form
 */
export function parseMultipart(bytes: Buffer, contentType: string): FormPart[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error('a form without a boundary');
  const parts: FormPart[] = [];
  // Every delimiter but the first stands on a line of its own; so does the first once a line end is put before it.
  const delimiter = Buffer.from(`${CRLF}--${boundary}`);
  const body = Buffer.concat([Buffer.from(CRLF), bytes]);
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    const end = body.indexOf(delimiter, start);
    if (end < 0) break;
    parts.push(readPart(body.subarray(start + CRLF.length, end)));
    at = end;
  }
  return parts;
}

function readPart(part: Buffer): FormPart {
  const split = part.indexOf(CRLF + CRLF);
  if (split < 0) throw new Error('a form field without headers');
  const headers = part.subarray(0, split).toString();
  return {
    name: parameter(headers, 'name') ?? '',
    filename: parameter(headers, 'filename'),
    contentType: /^content-type: *(.+)$/im.exec(headers)?.[1]?.trim(),
    data: new Uint8Array(part.subarray(split + CRLF.length * 2)),
  };
}

/** Quotes and line ends in names are percent-encoded by browsers and by Node's fetch. */
function parameter(headers: string, key: string): string | undefined {
  const value = new RegExp(`^content-disposition:.*[; ]${key}="([^"]*)"`, 'im').exec(headers)?.[1];
  return value?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}
