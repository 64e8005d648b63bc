import { randomInt } from 'node:crypto';
import { isSame } from './access-token.ts';
import { createTryLimit } from './try-limit.ts';

/** No letters or digits that look like others. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const GROUPS = 2;
const GROUP_LENGTH = 5;

/** In milliseconds. */
const LIFETIME = 1_800_000;

/** Wrong codes in a minute: of one address, and of all together. */
const TRIES = { ofOne: 5, ofAll: 30, window: 60_000 } as const;

/** What a {@link FirstRunCode} needs. */
export interface FirstRunCodeOptions {
  /** Shows a new code to whoever looks at this process. */
  readonly show: (code: string, minutes: number) => void;
  readonly now: () => number;
}

/** What became of a code that somebody typed. */
export type CodeOutcome =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  /** For so many milliseconds nothing is compared. */
  | { readonly kind: 'too-many'; readonly pause: number };

/**
 * The code that proves that whoever makes the first admin can see what this process writes. Known to this process alone,
 * good for half an hour; then a new one is shown when somebody asks for it.
 */
export interface FirstRunCode {
  /** Makes one and shows it, unless there is one that is still good. */
  offer(): void;
  /** Compares, in constant time. Letters may be small, and what separates groups may be left out. */
  check(typed: string, address: string): CodeOutcome;
  /** Has it good for nothing any more. */
  spend(): void;
}

/** No code is there before it is offered. */
export function createFirstRunCode({ show, now }: FirstRunCodeOptions): FirstRunCode {
  let code: { readonly text: string; readonly until: number } | undefined;
  const limit = { window: TRIES.window, now };
  const perAddress = createTryLimit({ ...limit, tries: TRIES.ofOne, keys: 1_000 });
  const overall = createTryLimit({ ...limit, tries: TRIES.ofAll, keys: 1 });
  const isGood = (): boolean => code !== undefined && code.until > now();
  return {
    offer() {
      if (isGood()) return;
      code = { text: makeCode(), until: now() + LIFETIME };
      show(code.text, LIFETIME / 60_000);
    },
    check(typed, address) {
      const pause = Math.max(perAddress.pauseOf(address), overall.pauseOf(''));
      if (pause > 0) return { kind: 'too-many', pause };
      if (isGood() && isSame(plain(typed), plain(code?.text ?? ''))) return { kind: 'right' };
      perAddress.fail(address);
      overall.fail('');
      return { kind: 'wrong' };
    },
    spend() {
      code = undefined;
    },
  };
}

function makeCode(): string {
  const group = (): string =>
    Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

function plain(code: string): string {
  return code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');
}
