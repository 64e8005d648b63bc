/** What stands in a secret's place. */
export const REDACTED = '[redacted]';

/**
 * Where a token can begin: not within a word, but also right behind an escape of JSON (`\n`) or of a terminal's
 * colour (`[31m`), which end in a letter that is none of the token's.
 */
const START = String.raw`(?:(?<![\w-])|(?<=\\[bfnrt]|\\u[\da-f]{4}|\[[\d;]{0,8}m))`;

/** Shapes whose whole match is a secret. */
const WHOLE = [
  // A Discord bot token: user id in base64url, time, HMAC.
  String.raw`(?<![\w-])[\w-]{18,}\.[\w-]{6,7}\.[\w-]{27,}`,
  // A JSON Web Token, which other servers that speak Discord's API hand out.
  String.raw`${START}eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}`,
  // OpenAI, Anthropic, Perplexity, xAI, Google. A digit tells a key from a hyphenated word.
  String.raw`${START}(?:sk|pplx|xai)-(?=[\w-]{0,200}\d)[\w-]{16,}`,
  String.raw`${START}AIza[\w-]{30,}`,
  // Our own: API tokens and sessions of the HTTP side.
  String.raw`${START}troupe_(?:pat|session)_[\w-]{20,}`,
];

/** White space, also as JSON writes it. */
const SPACE = String.raw`(?:\s|\\[nrt])`;

/** Quotes, also as JSON writes them; a backslash that belongs to something else is left to it. */
const QUOTES = String.raw`(?:\\*["'])`;

/** What stands between a header's name and its value; lists go name, value, name, value: with a comma between quotes. */
export const BEHIND_NAME = String.raw`(?:${QUOTES}*\s*[:=]\s*${QUOTES}*|${QUOTES}+\s*,\s*${QUOTES}+)`;

/** What a secret follows in headers. */
const HEADERS = [
  String.raw`(?i:bearer)${SPACE}+(?=[\w.~+/=-]{8})`,
  String.raw`\bBot${SPACE}+(?=[\w-]{10,100}\.[\w-]{3,100}\.[\w-]{10})`,
  String.raw`(?i:authorization|api-key|x-amz-security-token)${BEHIND_NAME}(?:(?i:bot|basic|bearer)\s+)?(?=[\w.~+/=-]{8})`,
];

/** What a secret follows in paths. The tokens of webhooks and interactions need no login. */
const PATH = String.raw`(?:webhooks|interactions)/\d+/`;

/** What a secret follows among the parameters of an address. */
const PARAMETER = String.raw`[?&](?i:key|api_?key|(?:access_|refresh_)?token|secret|password|(?:x-(?:amz|goog)-)?signature|x-amz-security-token)=`;

/** A character of a password in a URL, which may hold what should have been encoded; no quote that ends a JSON string. */
const LAX = String.raw`(?:[^\s/"]|"(?![,:}\]]|$))`;

const SHAPES = new RegExp(
  [
    ...WHOLE,
    String.raw`(?<header>${HEADERS.join('|')})[\w.~+/=-]+`,
    String.raw`(?<path>${PATH})[\w.~+=%-]+`,
    String.raw`(?<parameter>${PARAMETER})[\w.~+/=%-]+`,
    String.raw`(?<user>://[^\s/"@:]{0,200}:)${LAX}{1,500}@`,
    String.raw`(?<scheme>://)[^\s/"@:?#]{16,200}@`,
  ].join('|'),
  'g',
);

/** Replaces everything that has the shape of a secret. What only looks like one goes too; that is the price. */
export function redactShapes(text: string): string {
  return text.replace(SHAPES, (...args) => {
    const { header, path, parameter, user, scheme } = args.at(-1) as Record<string, string | undefined>;
    const login = user ?? scheme;
    return login === undefined ? (header ?? path ?? parameter ?? '') + REDACTED : `${login}${REDACTED}@`;
  });
}
