/** A secret that was planted somewhere, and must come out nowhere. */
export interface Canary {
  /** What it is, for the report. */
  readonly name: string;
  readonly value: string;
  /** Sinks that may show it, by name: a prompt is no secret to the operator who wrote it. */
  readonly allowedIn?: readonly string[];
}

/** Where something comes out of the program: a log, a file, an answer, a table. */
export interface Sink {
  readonly name: string;
  /** All that came out so far. */
  readonly read: () => Promise<string> | string;
}

/** Every way in which a secret may be written, by what the way is called. */
export function spellingsOf(value: string): ReadonlyMap<string, string> {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value);
  return new Map([
    ['raw', value],
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['URL', url],
    ['URL in lower case', url.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase())],
    ['HTML', value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')],
    ['reversed', Array.from(value).reverse().join('')],
    ['hex', Buffer.from(value).toString('hex')],
    ...['base64', 'base64url'].flatMap((how) =>
      [0, 1, 2].map((before): [string, string] => [`${how}, after ${before}`, inBase64(value, how, before)]),
    ),
    // Half of a secret is too much.
    ['its first half', value.slice(0, Math.ceil(value.length / 2))],
    ['its second half', value.slice(-Math.ceil(value.length / 2))],
  ]);
}

/** What stands in base64 for a text behind so many other bytes, but for what depends on what is around it. */
function inBase64(value: string, how: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  return whole.toString(how as BufferEncoding).slice(before === 0 ? 0 : 4);
}

/** Every canary that comes out of a sink, in words: none, when nothing leaks. */
export async function findLeaks(canaries: readonly Canary[], sinks: readonly Sink[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const sink of sinks) {
    const text = await sink.read();
    for (const { name, value, allowedIn = [] } of canaries) {
      if (allowedIn.includes(sink.name)) continue;
      for (const [how, spelling] of spellingsOf(value)) {
        const at = text.indexOf(spelling);
        if (at < 0) continue;
        const around =
          text
            .slice(Math.max(0, at - 120), at)
            .split('\n')
            .at(-1) ?? '';
        leaks.push(`${sink.name} shows ${name} (${how}) behind: ${around}`);
        break;
      }
    }
  }
  return leaks;
}
