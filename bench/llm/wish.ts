/** What a question asks of the stand-in LLM, written into its text. */
export interface Wish {
  /** The question's number. */
  readonly line: number;
  /** How long the answer is to be, in tokens (about). */
  readonly tokens: number;
  /** Between two tokens, in milliseconds. */
  readonly apart: number;
}

const PATTERN = /line (\d+), (\d+) tokens, (\d+) ms apart/;

/** Words that are one token each. */
const WORDS = 'It goes on, and on, as they say, to the end.'.split(' ');

/** The question that says so. */
export function askFor({ line, tokens, apart }: Wish): string {
  return `line ${line}, ${tokens} tokens, ${apart} ms apart: what a piece of work is a man`;
}

/** What a question says; `undefined` when it is none of ours. */
export function readWish(text: string): Wish | undefined {
  const found = PATTERN.exec(text);
  return found === null
    ? undefined
    : { line: Number(found[1]), tokens: Number(found[2]), apart: Number(found[3]) };
}

/** The answer, which ends as no other does. Its white space is single spaces. */
export function answerTo({ line, tokens }: Pick<Wish, 'line' | 'tokens'>): string {
  const words = Array.from({ length: tokens }, (_, n) => WORDS[n % WORDS.length]);
  return `${words.join(' ')} ${endOf(line)}`;
}

/** The last word of an answer. */
export function endOf(line: number): string {
  return `#${line}.`;
}
