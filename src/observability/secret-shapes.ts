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
];

/** Shapes that begin with something worth keeping. */
const WITH_PREFIX = [
  String.raw`[Bb]earer\s+(?=[\w.~+/=-]{8})`,
  String.raw`\bBot\s+(?=[\w-]{10,100}\.[\w-]{3,100}\.[\w-]{10})`,
  String.raw`(?:[Aa]uthorization|[Xx]-[Aa][Pp][Ii]-[Kk]ey)[\\"']*\s*[:=]\s*[\\"']*(?:(?:Bot|Basic|Bearer)\s+)?(?=[\w.~+/=-]{8})`,
  // Of a webhook or an interaction, whose tokens need no login.
  String.raw`(?:webhooks|interactions)/\d+/`,
  String.raw`[?&](?:key|api_?key|(?:access_|refresh_)?token|secret|password|signature)=`,
];

const SHAPES = new RegExp(
  [
    ...WHOLE,
    String.raw`(?<prefix>${WITH_PREFIX.join('|')})[\w.~+/=%-]+?(?![\w.~+=%-])`,
    // A URL with a password: the user stays, and the password may hold what a URL should have encoded.
    String.raw`(?<user>://[^\s/"@:]{0,200}:)[^\s/"]{1,500}@`,
  ].join('|'),
  'g',
);

/** Replaces everything that has the shape of a secret. What only looks like one goes too; that is the price. */
export function redactShapes(text: string): string {
  return text.replace(SHAPES, (...args) => {
    const groups = args.at(-1) as { prefix?: string; user?: string };
    if (groups.user !== undefined) return `${groups.user}${REDACTED}@`;
    return (groups.prefix ?? '') + REDACTED;
  });
}
