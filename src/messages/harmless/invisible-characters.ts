/** Scripts in which an invisible joiner between two letters changes how they are written. */
const JOINED = [
  ...['Arab', 'Syrc', 'Nkoo', 'Mong', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym'],
  ...['Sinh', 'Khmr', 'Mymr'],
]
  .map((script) => String.raw`\p{scx=${script}}`)
  .join('');

/** The places where an invisible character does its proper work. */
const NEEDED = [
  // Whether a character is shown as an emoji, and keycaps.
  String.raw`(?<=\p{Emoji})[\uFE0E\uFE0F]`,
  // Emoji made of several: families, professions, some flags.
  String.raw`(?<=[\p{ExtPict}\p{EMod}]\uFE0F?)\u200D(?=\p{ExtPict})`,
  // Flags of parts of countries.
  String.raw`(?<=\u{1F3F4})[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F}`,
  String.raw`(?<=[${JOINED}])[\u200C\u200D](?=[${JOINED}])`,
].join('|');

/** Control characters other than line break and tab, and all that Unicode calls ignorable when it is not known. */
const INVISIBLE = String.raw`[\0-\x08\x0B-\x1F\x7F-\x9F\uFFF9-\uFFFB]|\p{DI}`;

const STRIPPED = new RegExp(`(${NEEDED})|${INVISIBLE}`, 'gu');
const SUSPECT = new RegExp(INVISIBLE, 'u');

/** Whether a text holds a character that {@link stripInvisible} looks at. */
export function hasInvisible(text: string): boolean {
  return SUSPECT.test(text);
}

/**
 * Takes out what nobody sees: zero-width and control characters, those that turn the direction of a line, tags. They
 * stay where emoji and scripts need them. What is done in a word depends on that word alone.
 */
export function stripInvisible(text: string): string {
  return SUSPECT.test(text) ? text.replace(STRIPPED, '$1') : text;
}
