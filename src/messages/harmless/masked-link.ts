/** A masked link: `[label](target)`, perhaps with the target in angle brackets or with a title. */
export interface MaskedLink {
  readonly label: string;
  readonly target: string;
  /** How long it is, in UTF-16 units. */
  readonly length: number;
}

/**
 * Reads the masked link that a text begins with.
 *
 * @param text - begins with `[`
 * @returns undefined when there is none; `unfinished` when what follows decides
 */
export function readLink(text: string): MaskedLink | 'unfinished' | undefined {
  const labelEnd = closingBracket(text);
  if (labelEnd + 1 >= text.length) return 'unfinished';
  if (text[labelEnd + 1] !== '(') return undefined;
  let at = behindSpace(text, labelEnd + 2);
  if (text[at] === '<') at++;
  const start = at;
  at = targetEnd(text, at);
  const target = text.slice(start, at).replace(/>$/, '');
  at = behindSpace(text, at);
  if (text[at] === '"' || text[at] === "'") at = behindTitle(text, at);
  if (at >= text.length) return 'unfinished';
  return text[at] === ')' ? { label: text.slice(1, labelEnd), target, length: at + 1 } : undefined;
}

/** The text's length when there is none. */
function closingBracket(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '[') depth++;
    else if (text[at] === ']' && --depth === 0) return at;
  }
  return text.length;
}

/** Where white space is or a parenthesis closes that the target did not open. */
function targetEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) return at;
    if (character === '\\') at++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth < 0) return at;
  }
  return text.length;
}

/** A title ends with the first quote that the link's closing parenthesis follows. */
function behindTitle(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== '"' && text[at] !== "'") continue;
    const end = behindSpace(text, at + 1);
    if (end >= text.length || text[end] === ')') return end;
  }
  return text.length;
}

function behindSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at++;
  return at;
}

/** Looks like a domain, an IPv4 address, or a host behind a scheme. */
const HOST =
  /(?<=:\/\/)[\p{L}\p{N}.-]+|[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.(?:xn--[\w-]+|\p{L}{2,})|\d+(?:\.\d+){3}/giu;

/** Ends of names that are none of domains: `Node.js` is a word. */
const FILE_NAME = /\.(?:[jt]sx?|mjs|json|ya?ml|toml|txt|html?|css|pdf|png|jpe?g|gif|csv|xml|exe|lock)$/i;

/** Whether a link's label, if it looks like an address, names the host that the link leads to. */
export function isHonest({ label, target }: MaskedLink): boolean {
  const host = hostOf(target);
  // Marks of bold and the like within a name do not keep people from reading it.
  const shown = label
    .normalize('NFKC')
    .replace(/[*_~|`\\]/g, '')
    .replaceAll('。', '.');
  const named = (shown.match(HOST) ?? []).filter((name) => !FILE_NAME.test(name));
  return named.every((name) => {
    const known = hostOf(`https://${name}`);
    return host !== '' && (host === known || host.endsWith(`.${known}`));
  });
}

/** Without `www.`; empty when it is no address with a host. */
function hostOf(address: string): string {
  return (URL.parse(address)?.hostname ?? '').replace(/^www\./, '').replace(/\.$/, '');
}
