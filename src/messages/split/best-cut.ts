/** A place to cut at: the piece ends before `end`. */
type Boundary = 'paragraph' | 'line' | 'sentence' | 'word';

/**
 * Where to end a piece of which `text` from `min` on is left and which can hold it up to `max`.
 *
 * In the second half it takes the last end of a paragraph, else of a line, a sentence, a word; failing all of
 * them the last white space of the first half, if the word behind it fits into a piece of the same size; else it
 * cuts the word, between two characters as people see them (grapheme clusters) unless one alone is too long.
 *
 * The result is above `min` and at most `max`. Unless a word was cut, white space or a `。！？` is next to it.
 *
 * @param grows - whether more text may follow
 * @returns undefined when what may follow has a say; never when nothing may
 */
export function bestCut(text: string, min: number, max: number, grows = false): number | undefined {
  if (grows && (text.length <= max || !hasParagraphsKnown(text, max))) return undefined;
  const found: Partial<Record<Boundary, number>> = {};
  const half = Math.max(min + 1, Math.floor((min + max) / 2));
  for (let at = max; at >= half; at--) {
    const boundary = boundaryAt(text, at);
    if (boundary === 'paragraph') return at;
    if (boundary !== undefined) found[boundary] ??= at;
  }
  const boundary = found.line ?? found.sentence ?? found.word;
  if (boundary !== undefined) return boundary;
  const early = earlySpace(text, min, half, grows);
  return early === 'open' ? undefined : (early ?? characterCut(text, min, max));
}

/** Whether it can be seen for each line break up to `max` if it ends a paragraph. */
function hasParagraphsKnown(text: string, max: number): boolean {
  for (let at = max + 1; at < text.length; at++) if (text[at] !== ' ' && text[at] !== '\r') return true;
  return false;
}

/** `open` when the word behind it may go on behind the text's end. */
function earlySpace(text: string, min: number, half: number, grows: boolean): number | 'open' | undefined {
  let space = half - 1;
  while (space > min && !isSpace(text[space])) space--;
  if (space <= min) return undefined;
  const room = 2 * (half - min) - 1;
  for (let at = half; at <= space + room; at++) {
    if (at >= text.length) return grows ? 'open' : space;
    if (isSpace(text[at])) return space;
  }
  return undefined;
}

function boundaryAt(window: string, at: number): Boundary | undefined {
  const here = window[at];
  if (here === '\n') return isParagraphEnd(window, at) ? 'paragraph' : 'line';
  const before = window[at - 1];
  if (before !== undefined && '。！？'.includes(before) && !'。！？」』”’）'.includes(here ?? ' '))
    return 'sentence';
  if (!isSpace(here)) return undefined;
  return endsSentence(window, at) ? 'sentence' : 'word';
}

/** White space that a text may be broken at; a no-break space is none. */
function isSpace(character: string | undefined): boolean {
  return (
    character === ' ' ||
    character === '\n' ||
    character === '\t' ||
    character === '\r' ||
    character === '\u3000'
  );
}

function isParagraphEnd(window: string, at: number): boolean {
  let next = at + 1;
  while (window[next] === ' ' || window[next] === '\r') next++;
  return window[next] === '\n';
}

/** A stop, perhaps within quotes or emphasis; the one behind a list's number is none. */
function endsSentence(window: string, at: number): boolean {
  let before = at - 1;
  while (`"')]*_”’`.includes(window[before] ?? ' ')) before--;
  const stop = window[before] ?? ' ';
  return '!?…'.includes(stop) || (stop === '.' && !/\d/.test(window[before - 1] ?? ''));
}

/** How much is looked at behind a place to see whether it is between two characters. */
const LOOKAHEAD = 16;

let graphemes: Intl.Segmenter | undefined;

function characterCut(text: string, min: number, max: number): number {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const window = text.slice(min, max + LOOKAHEAD);
  const whole = min + (graphemes.segment(window).containing(max - min)?.index ?? max - min);
  if (whole > min) return whole;
  return max - 1 > min && isLowSurrogate(text, max) && isHighSurrogate(text, max - 1) ? max - 1 : max;
}

function isLowSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

function isHighSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}
