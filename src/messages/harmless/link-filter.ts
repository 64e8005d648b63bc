import { isHonest, readLink } from './masked-link.ts';
import { MAX_HELD, type TextFilter } from './text-filter.ts';

/** What is told apart: backticks, the beginning of a link, the end of a label with a target behind it. */
const MARK = /`+|\[|\](?=\(|$)/g;

/** The target of a link begins, as far as its scheme. */
const SCHEME = /\]\(\s*<?(?:[a-z][a-z\d+.-]*)?/iy;

/** A mark is passed on with this text; a number of units to go on behind. */
interface Step {
  readonly length: number;
  readonly text?: string;
}

/**
 * Shows masked links whose label names another host than they lead to as their label and their target.
 *
 * Code stays as it is where it is code beyond doubt, to Discord as well: blocks of three backticks that begin a line,
 * and code within one line. Behind backticks that can be read in two ways nothing is taken for code any more.
 */
export function createLinkFilter(): TextFilter {
  let held = '';
  let inBlock = false;
  let isDoubtful = false;
  let isLineBlank = true;

  /** How a mark at the beginning of a text is passed on; undefined when that depends on what follows. */
  function stepOf(text: string, mark: string, isLast: boolean): Step | undefined {
    if (mark.startsWith('`'))
      return mark.length === text.length && !isLast ? undefined : backticks(text, mark.length, isLast);
    if (inBlock) return { length: mark.length };
    return mark === '[' ? link(text, isLast) : labelEnd(text, isLast);
  }

  function backticks(text: string, count: number, isLast: boolean): Step | undefined {
    const step = { length: count };
    if (inBlock) {
      if (count < 3) return step;
      inBlock = false;
      isDoubtful ||= count > 3;
    } else if (!isDoubtful) {
      if (count < 3) return inlineCode(text, count, isLast);
      if (count > 3 || !isLineBlank) isDoubtful = true;
      else {
        const code = /`{3}[\w+.#-]*\n*/y.exec(text)?.[0].length ?? 0;
        if (code === text.length && !isLast) return undefined;
        inBlock = code < text.length && text[code] !== '`';
        isDoubtful = !inBlock;
      }
    }
    return step;
  }

  function inlineCode(text: string, count: number, isLast: boolean): Step | undefined {
    const end = /`+|\n/.exec(text.slice(count));
    const length = count + (end === null ? 0 : end.index + end[0].length);
    if (!isLast && (end === null || (length === text.length && end[0] !== '\n'))) return undefined;
    if (end?.[0] === '`'.repeat(count)) return { length };
    isDoubtful = true;
    return { length: count };
  }

  function link(text: string, isLast: boolean): Step | undefined {
    const found = readLink(text);
    if (found === 'unfinished' && !isLast) return undefined;
    if (found === 'unfinished' || found === undefined) return { length: 1 };
    const { length, label, target } = found;
    isDoubtful ||= text.slice(0, length).includes('`');
    if (target === '' || isHonest(found)) return { length };
    return { length, text: `${label.replaceAll('](', '] (')} (<${target}>)` };
  }

  /** The rest of a link that could not be read may still be one to Discord. */
  function labelEnd(text: string, isLast: boolean): Step | undefined {
    SCHEME.lastIndex = 0;
    const length = SCHEME.exec(text)?.[0].length ?? 1;
    if (length === text.length && !isLast) return undefined;
    return text[length] === ':' && length > 1 ? { length: 1, text: '] ' } : { length: 1 };
  }

  function pass(text: string): string {
    const line = text.slice(text.lastIndexOf('\n') + 1);
    isLineBlank = /^[ \t]*$/.test(line) && (isLineBlank || line.length < text.length);
    return text;
  }

  function take(isLast: boolean): string {
    let out = '';
    let at = 0;
    while (at < held.length) {
      MARK.lastIndex = at;
      const mark = MARK.exec(held);
      out += pass(held.slice(at, mark?.index));
      at = mark?.index ?? held.length;
      if (mark === null) break;
      const text = held.slice(at, at + MAX_HELD);
      const step = stepOf(text, mark[0].slice(0, MAX_HELD), isLast || text.length === MAX_HELD);
      if (step === undefined) break;
      out += pass(step.text ?? held.slice(at, at + step.length));
      at += step.length;
    }
    held = held.slice(at);
    return out;
  }

  return {
    push(text) {
      held += text;
      return take(false);
    },
    end: () => take(true),
  };
}
