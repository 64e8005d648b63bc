import { nearest } from '../util/nearest.ts';
import { printable, quote, shorten } from './show-value.ts';

/** `unknown key "x"`, with the key that was probably meant, or else all there are. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `unknown key ${quote(key)}; did you mean ${quote(meant)}?`;
  return `unknown key ${quote(key)}; ${known.length === 0 ? 'none is known here' : `known are: ${known.join(', ')}`}`;
}

/** `config.tokens_range.from`, `guild_whitelist[2]`; "the value" where there is no name. Of bounded length. */
export function labelOf(label: string, path: readonly PropertyKey[]): string {
  const name = path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = shorten(String(key));
    return text === '' ? name : `${text}.${name}`;
  }, label);
  return name === '' ? 'the value' : printable(name);
}
