import { MAX_HELD, type TextFilter } from './text-filter.ts';

/** Where a word ends: behind white space, or behind a character of a script that has none between words. */
const WORD_END = /[ \n\t\p{sc=Han}\p{sc=Hira}\p{sc=Kana}。、！？]/gu;

/**
 * Changes a text word by word, each with the white space behind it. A word of more than {@link MAX_HELD} is taken for
 * several.
 *
 * @param change - what becomes of a word
 * @param goesOn - whether a word has to be taken together with the next. Default: none has
 */
export function byWords(
  change: (word: string) => string,
  goesOn: (word: string) => boolean = () => false,
): TextFilter {
  let held = '';
  let looked = 0;

  function next(): string | undefined {
    WORD_END.lastIndex = looked;
    for (let end = WORD_END.exec(held); end !== null; end = WORD_END.exec(held)) {
      if (WORD_END.lastIndex > MAX_HELD) break;
      const word = held.slice(0, WORD_END.lastIndex);
      if (!goesOn(word)) return word;
    }
    looked = held.length;
    if (held.length < MAX_HELD) return undefined;
    const isPairCut = (held.charCodeAt(MAX_HELD - 1) & 0xfc00) === 0xd800;
    return held.slice(0, isPairCut ? MAX_HELD - 1 : MAX_HELD);
  }

  return {
    push(text) {
      held += text;
      let out = '';
      for (let word = next(); word !== undefined; word = next()) {
        out += change(word);
        held = held.slice(word.length);
        looked = 0;
      }
      return out;
    },
    end() {
      const rest = held;
      held = '';
      return change(rest);
    },
  };
}
