import { redactAssignments } from './secret-assignments.ts';
import { redactShapes, REDACTED } from './secret-shapes.ts';

/** Takes secrets out of what people may read: log lines, error messages, API answers. */
export interface Redactor {
  /**
   * Makes one exact value known, in every way that it may be written (in JSON, in JSON within JSON, in a URL, in base64,
   * line by line). A value below eight characters is not taken: it would blot out words.
   * Added twice, it must be removed twice.
   */
  add(secret: string): void;
  /** Forgets a value, once nobody uses it any longer. */
  remove(secret: string): void;
  /** The text with every known secret, everything shaped like one, and what stands under its name, replaced by `[redacted]`. */
  redact(text: string): string;
  /** The same for what an agent says, where `password=…` is an example: known secrets and shapes alone. */
  redactAnswer(text: string): string;
}

/** In UTF-16 units. */
const MIN_SECRET_LENGTH = 8;

/** A redactor that knows no values yet, only shapes. Its work grows with the text, not with the known values. */
export function createRedactor(): Redactor {
  const uses = new Map<string, number>();
  let finder: Finder | undefined;
  const redactAnswer = (text: string): string => {
    finder ??= createFinder([...uses.keys()].flatMap(spellings));
    return redactShapes(finder(text));
  };

  return {
    add(secret) {
      if (secret.length < MIN_SECRET_LENGTH) return;
      uses.set(secret, (uses.get(secret) ?? 0) + 1);
      finder = undefined;
    },
    remove(secret) {
      const left = (uses.get(secret) ?? 0) - 1;
      if (left > 0) uses.set(secret, left);
      else uses.delete(secret);
      finder = undefined;
    },
    redact: (text) => redactAssignments(redactAnswer(text)),
    redactAnswer,
  };
}

type Finder = (text: string) => string;

function spellings(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const all = [secret, escaped, JSON.stringify(escaped).slice(1, -1), ...secret.split(/\r?\n/)];
  if (secret.isWellFormed()) {
    const encoded = encodeURIComponent(secret);
    const lower = encoded.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase());
    all.push(encoded, lower, ...inBase64(secret));
  }
  return all.filter((spelling) => spelling.length >= MIN_SECRET_LENGTH);
}

/**
 * What stands in base64, and base64url, for a text within a longer one: it begins at the first, second or third byte of
 * three, and its outermost characters depend on what is beside it.
 */
function inBase64(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.length - (bytes.length % 3);
    const own = bytes.toString('base64', 0, whole).slice(before === 0 ? 0 : 4);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Which texts may end where the last four characters hash to this. */
type Endings = Map<number, string[]>;

/**
 * Looks at the end of each value, since keys of one kind begin alike (`sk-proj-…`). The hash of the last four
 * characters rolls along: each step shifts it by four of its sixteen bits, so older characters fall out.
 */
function createFinder(values: readonly string[]): Finder {
  const endings: Endings = new Map();
  const filter = new Uint8Array(0x10000);
  for (const value of new Set(values)) {
    let hash = 0;
    for (let at = value.length - 4; at < value.length; at++) hash = roll(hash, value.charCodeAt(at));
    endings.set(hash, [...(endings.get(hash) ?? []), value]);
    filter[hash] = 1;
  }

  return (text) => {
    if (endings.size === 0) return text;
    const spans: [start: number, end: number][] = [];
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      hash = roll(hash, text.charCodeAt(at));
      if (filter[hash] !== 1) continue;
      const start = longestEndingAt(text, at + 1, endings.get(hash) ?? []);
      if (start !== undefined) addSpan(spans, start, at + 1);
    }
    return blot(text, spans);
  };
}

function roll(hash: number, code: number): number {
  return ((hash << 4) ^ code) & 0xffff;
}

function longestEndingAt(text: string, end: number, values: readonly string[]): number | undefined {
  const found = values.filter((value) => text.endsWith(value, end)).map((value) => end - value.length);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** Spans come with rising ends; one that overlaps the last becomes one with it. */
function addSpan(spans: [number, number][], start: number, end: number): void {
  let from = start;
  for (let last = spans.at(-1); last !== undefined && last[1] > from; last = spans.at(-1)) {
    from = Math.min(from, last[0]);
    spans.pop();
  }
  spans.push([from, end]);
}

function blot(text: string, spans: readonly [number, number][]): string {
  if (spans.length === 0) return text;
  let clean = '';
  let at = 0;
  for (const [start, end] of spans) {
    clean += text.slice(at, start) + REDACTED;
    at = end;
  }
  return clean + text.slice(at);
}
