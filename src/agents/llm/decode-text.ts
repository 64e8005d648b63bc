/**
 * The text of a file whose encoding nobody knows for sure, with line ends as `\n`; undefined when it is not text.
 *
 * A byte order mark decides, then the media type's `charset`, then what the bytes are valid as: UTF-8, UTF-16,
 * windows-1252. A character that is cut at the end is left out.
 *
 * @param bytes - the file, or its beginning
 * @param mediaType - what it is said to be
 */
export function decodeText(bytes: Uint8Array, mediaType: string | undefined): string | undefined {
  for (const encoding of candidates(bytes, mediaType)) {
    const text = encoding === 'utf-32le' ? decodeUtf32(bytes) : decode(bytes, encoding);
    if (text !== undefined && isText(text)) return text.replace(/\r\n?/g, '\n');
  }
  return undefined;
}

/** The encodings to try, the likeliest first. */
function candidates(bytes: Uint8Array, mediaType: string | undefined): string[] {
  const marked = MARKS.find(({ mark }) => mark.every((byte, at) => bytes[at] === byte));
  const found = [marked?.encoding, claimed(mediaType), 'utf-8', guessUtf16(bytes), 'windows-1252'];
  return found.filter((encoding) => encoding !== undefined);
}

/** UTF-32 first, since its mark begins with that of UTF-16. */
const MARKS = [
  { mark: [0xff, 0xfe, 0, 0], encoding: 'utf-32le' },
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** The charset of a media type. windows-1252, also called ASCII, is no claim: every file is valid as that. */
function claimed(mediaType: string | undefined): string | undefined {
  const label = /;\s*charset\s*=\s*["']?([^\s;"']+)/i.exec(mediaType ?? '')?.[1];
  if (label === undefined) return undefined;
  try {
    const { encoding } = new TextDecoder(label);
    return encoding === 'windows-1252' ? undefined : encoding;
  } catch {
    return undefined;
  }
}

/** In bytes: enough to tell where the zeros of UTF-16 are. */
const SAMPLE = 4096;

/** In UTF-16 many characters have a zero as their higher byte, since they are ASCII, and few as their lower one. */
function guessUtf16(bytes: Uint8Array): string | undefined {
  let even = 0;
  let odd = 0;
  const length = Math.min(bytes.length, SAMPLE);
  for (let at = 0; at < length; at++) {
    if (bytes[at] !== 0) continue;
    if (at % 2 === 0) even += 1;
    else odd += 1;
  }
  if (Math.max(even, odd) * 8 < length) return undefined;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    // As if more were to come: a character that is cut at the end is no error.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

function decodeUtf32(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 4; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, true);
    if (code > 0x10ffff) return undefined;
    text += String.fromCodePoint(code);
  }
  return text.isWellFormed() ? text : undefined;
}

/** Control characters, all but white space. */
const CONTROLS = /[\p{Cc}--\s]/gv;

/** What begins a colour in the output of a terminal. */
const ESCAPE = '\u001b';

/** Of so many characters one may be a control character that texts do not have. */
const STRANGE_ONE_IN = 50;

function isText(text: string): boolean {
  if (text.includes('\0')) return false;
  const strange = text.match(CONTROLS)?.filter((control) => control !== ESCAPE) ?? [];
  return strange.length * STRANGE_ONE_IN <= text.length;
}
