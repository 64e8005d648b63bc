/** Changes a text while it comes. What comes out does not depend on how the text was cut into chunks. */
export interface TextFilter {
  /** Takes more of the text; hands out what is decided. */
  push(text: string): string;
  /** Hands out what was held back. Nothing may follow. */
  end(): string;
}

/** Nothing is held back beyond this many UTF-16 units. */
export const MAX_HELD = 2_000;

/** One filter behind the other. */
export function chain(filters: readonly TextFilter[]): TextFilter {
  return {
    push: (text) => filters.reduce((passed, filter) => filter.push(passed), text),
    end: () => filters.reduce((passed, filter) => filter.push(passed) + filter.end(), ''),
  };
}
