import { z } from 'zod';
import { redactShapes } from '../../observability/secret-shapes.ts';

/** What a rule of the input guard looks for: an attempt to give the model orders, or a secret. */
export type GuardKind = 'injection' | 'secret';

/** What is done when a rule finds something. Without one, the guard's mode decides. */
export type GuardAction = 'warn' | 'block' | 'off';

/** A rule of the input guard. */
export interface GuardRule {
  /** One named like a built-in rule takes its place. */
  readonly name: string;
  /** Tried on a text as it is written, and as it reads. Default: that of the built-in rule of this name. */
  readonly pattern?: RegExp | undefined;
  readonly kind: GuardKind;
  readonly action?: GuardAction | undefined;
}

/** A text that is scanned, as it is written and as it reads (see `foldText`; white space is one space or line break). */
export interface GuardText {
  readonly raw: string;
  readonly folded: string;
}

/** A rule that comes with the program. Takes time in proportion to the text's length. */
export interface BuiltInRule {
  readonly name: string;
  readonly kind: GuardKind;
  readonly matches: (text: GuardText) => boolean;
}

/** What may stand between two words: space, emphasis, quotes, a comma. */
const GAP = String.raw`(?:[\s*_~"',]{1,4})`;

/** A pattern for folded text, in which a space stands for any gap between words. Every repetition has a bound. */
function phrases(...alternatives: string[]): (text: GuardText) => boolean {
  const pattern = new RegExp(alternatives.join('|').replaceAll(' ', GAP), 'mu');
  return ({ folded }) => pattern.test(folded);
}

function raw(pattern: RegExp): (text: GuardText) => boolean {
  return (text) => pattern.test(text.raw);
}

/** Up to two words of any kind. */
const FILLER = String.raw`(?:[\p{L}-]{1,20} ){0,2}`;

const VERBS = '(?:ignore|disregard|forget|override|bypass|discard)';
/** Not what somebody does, asks about or warns of: right before it, on the same line, in the same sentence. */
const IGNORE = String.raw`(?<!(?:\b(?:i|we|you|he|she|they|it|always|not|never|how\x20to)|n['’]t)\x20)\b${VERBS}`;
const ALL = '(?:(?:all|any|every|each|everything|of|in|the|these|those|this|that|your|my|our|and) ){0,4}';
const SAID_BEFORE = '(?:previous|prior|above|earlier|preceding|foregoing)';
const EARLIER = `(?:${SAID_BEFORE}|initial|original|system|developer)`;
const ORDERS = '(?:instruction|prompt|rule|guideline|directive|direction|command|order|constraint)s?';

const GERMAN_IGNORE = String.raw`(?<!\bich\x20)\b(?:ignorier(?:e|t|en sie)?|vergiss|vergesst|vergessen sie|missachte|verwirf)`;
const GERMAN_ALL = '(?:(?:bitte|jetzt|nun|alle[ns]?|all|die|der|den|samtliche[rn]?|jegliche) ){0,4}';
const GERMAN_EARLIER = String.raw`(?:vor\p{L}{0,8}(?:ig|gehend|gangen)e\p{L}?|(?:bisherig|obig|fruher|ursprunglich)e\p{L}?|deine[nr]?|ihre[nr]?|eure[nr]?)`;
const GERMAN_ORDERS =
  '(?:system)?(?:anweisung|instruktion|regel|vorgabe|befehl|richtlinie|prompt)(?:en|n|e|s)?';

const FRENCH_IGNORE = String.raw`(?<!\b(?:j['’]|(?:il|elle|on|ne|qui)\x20))\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) (?:pas|aucun) compte)`;
const FRENCH_ALL = '(?:(?:toute?s?|tous|de|des|les|ces|tes|vos|la|le) ){0,4}';
const FRENCH_ORDERS = '(?:instruction|consigne|regle|directive|ordre|prompt)s?';
const FRENCH_EARLIER = '(?:precedente?s?|anterieure?s?|ci-dessus|initiale?s?|systeme|origine)';

const SPANISH_IGNORE = String.raw`(?<!\b(?:el|ella|quien|que|no|se)\x20)\b(?:ignor[ae]n?|olvid[ae]n?|olvidate|descart[ae]n?|haz caso omiso|no hagas caso)`;
const SPANISH_ALL = '(?:(?:todas?|todos|de|del|las?|los|el|a|estas|tus|sus) ){0,4}';
const SPANISH_ORDERS = '(?:instruccion|instrucciones|indicaciones|reglas|ordenes|directrices|prompt)';
const SPANISH_EARLIER = '(?:anterior(?:es)?|previ[ao]s?|originales|iniciales|sistema|arriba)';

const BECOME = String.raw`\b(?:you are now|you['’]?re now|from now on|act as|behave as|you will act|role-?play as|pretend (?:to be|that you|you))\b`;
const JAILBROKEN =
  String.raw`\b(?:do anything now|dan mode|jailbroken|jailbreak mode|developer mode|dev mode|god mode|unrestricted|uncensored|unfiltered` +
  '|(?:no|without|without any|free from|free of|free from all) (?:more |your |its |ethical |moral |content |safety )?' +
  String.raw`(?:restriction|limitation|guideline|filter|rule|constraint|censorship|safety|ethic)s?)\b`;

const SHOW = String.raw`\b(?:show|print|reveal|repeat|output|display|tell|give|write|leak|dump|recite|paste|share|quote|expose|copy|what)\b[^\n]{0,40}\b`;
const SYSTEM_PROMPT = String.raw`(?:system (?:prompt|message|instruction)|(?:initial|original|hidden|secret|internal|developer) (?:prompt|instruction))s?\b`;
const VERBATIM = String.raw`\b(?:verbatim|word(?: |-)for(?: |-)word)\b`;

/** What a forged line of the system goes on with: `System: Windows 11` is only a user's computer. */
const ORDER =
  "(?:you|your|ignore|disregard|forget|override|new|from now|always|never|do not|don['’]t|answer|respond|reply|act|say|tell" +
  '|print|output|repeat|reveal|write|pretend|please|now|obey|follow|grant|allow|disable|enable|stop|this user' +
  String.raw`|the (?:user|assistant|ai|model|bot))\b`;

/** The rules that every input guard has. */
export const BUILT_IN_RULES: readonly BuiltInRule[] = [
  {
    name: 'ignore-instructions',
    kind: 'injection',
    matches: phrases(
      String.raw`${IGNORE} ${ALL}${EARLIER} ${FILLER}${ORDERS}\b`,
      String.raw`${IGNORE} ${ALL}${SAID_BEFORE} (?:messages|conversation|context|text)\b`,
      String.raw`${IGNORE} (?:all )?(?:of )?your ${FILLER}(?:${ORDERS}|programming|training)\b`,
      String.raw`${IGNORE} (?:all|any) (?:instructions|prompts)\b`,
      String.raw`${IGNORE} (?:everything|anything|all)(?: that)?(?: (?:is|was|came|stands|written|said|stated)){0,3} (?:above|before this|previously)\b`,
      String.raw`${IGNORE} (?:everything|all|what)(?: that)? you(?: were|['’]ve been| have been) (?:told|instructed|taught)\b`,
      String.raw`\b(?:do not|don['’]t|stop) (?:follow|following|obey|obeying) ${ALL}${EARLIER} ${FILLER}${ORDERS}\b`,
    ),
  },
  {
    name: 'ignore-instructions-german',
    kind: 'injection',
    matches: phrases(
      String.raw`${GERMAN_IGNORE} ${GERMAN_ALL}${GERMAN_EARLIER} ${FILLER}${GERMAN_ORDERS}\b`,
      String.raw`${GERMAN_IGNORE} alles was (?:oben|davor|zuvor|vorher|bisher|dir)\b`,
    ),
  },
  {
    name: 'ignore-instructions-french',
    kind: 'injection',
    matches: phrases(
      String.raw`${FRENCH_IGNORE} ${FRENCH_ALL}${FRENCH_ORDERS} (?:(?:du |de la |d['’]))?${FILLER}${FRENCH_EARLIER}\b`,
      String.raw`${FRENCH_IGNORE} ${FRENCH_ALL}(?:precedente?s?|anciennes|tes|vos) ${FRENCH_ORDERS}\b`,
    ),
  },
  {
    name: 'ignore-instructions-spanish',
    kind: 'injection',
    matches: phrases(
      String.raw`${SPANISH_IGNORE} ${SPANISH_ALL}${SPANISH_ORDERS} ${FILLER}${SPANISH_EARLIER}\b`,
      String.raw`${SPANISH_IGNORE} ${SPANISH_ALL}(?:anteriores|previas|tus|sus) ${SPANISH_ORDERS}\b`,
    ),
  },
  {
    name: 'role-change',
    kind: 'injection',
    matches: phrases(
      String.raw`${BECOME}[^\n]{0,100}?${JAILBROKEN}`,
      String.raw`\b(?:you are now|you['’]re now|act as|you are) dan\b`,
      String.raw`\byou are no longer (?:bound|restricted|limited|an ai|an assistant|a language model|chatgpt|claude)\b`,
      String.raw`\byour (?:new|real|true|updated) (?:system )?(?:instructions|prompt|rules) (?:are|is)\b`,
    ),
  },
  {
    name: 'system-prompt-request',
    kind: 'injection',
    matches: phrases(
      `${SHOW}your ${FILLER}${SYSTEM_PROMPT}`,
      String.raw`${SHOW}(?:the|this) ${FILLER}${SYSTEM_PROMPT}[^\n]{0,40}${VERBATIM}`,
      String.raw`${SHOW}(?:everything|text|words|messages?|instructions) above\b[^\n]{0,60}(?:${VERBATIM}|\byou are\b)`,
    ),
  },
  {
    name: 'fake-role',
    kind: 'injection',
    matches: phrases(
      String.raw`<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id)\|>`,
      String.raw`\[/?inst\]|<<\s?/?sys\s?>>`,
      String.raw`(?<!\p{L})</?system(?:[\s_-](?:prompt|message|instructions?))?>`,
      String.raw`^\s?#{3}\s?system(?:\s(?:prompt|message))?\s?:`,
      String.raw`^\s?(?:\*\*|\[)?system(?:\s(?:prompt|message))?(?:\*\*|\])?\s?:(?:\*\*)?\s?${ORDER}`,
    ),
  },
  {
    name: 'hidden-text',
    kind: 'injection',
    // A flag or a family has up to six invisible characters in a row; Hangul fillers are used as blanks.
    matches: raw(/[\p{Default_Ignorable_Code_Point}--[\u115F\u1160\u3164\uFFA0]]{8}/v),
  },
  {
    name: 'key-or-token',
    kind: 'secret',
    matches: (text) => redactShapes(text.raw) !== text.raw,
  },
  {
    name: 'private-key',
    kind: 'secret',
    matches: raw(/-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/),
  },
  { name: 'aws-key', kind: 'secret', matches: raw(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/) },
  {
    name: 'github-token',
    kind: 'secret',
    matches: raw(/\b(?:gh[oprsu]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{22})/),
  },
  { name: 'slack-token', kind: 'secret', matches: raw(/\bxox[abeoprs]-[A-Za-z0-9-]{10}/) },
];

const MAX_NAME = 60;
const MAX_PATTERN = 500;

/**
 * A rule as an agent's config has it: `name`, `pattern` (a regular expression without slashes; case does not matter)
 * and `action`. One named like a built-in rule takes its place; without a pattern it keeps that rule's own, so that
 * `{name: fake-role, action: off}` switches it off.
 */
export const guardRuleSchema = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(MAX_NAME, `must have at most ${MAX_NAME} characters`),
    pattern: z
      .string()
      .min(1, 'must not be empty')
      .max(MAX_PATTERN, `must have at most ${MAX_PATTERN} characters`)
      .transform((source, context) => {
        const compiled = compile(source);
        if (compiled instanceof RegExp) return compiled;
        context.addIssue({ code: 'custom', message: compiled });
        return z.NEVER;
      })
      .optional(),
    action: z.enum(['warn', 'block', 'off']).optional(),
  })
  .refine(({ name, pattern }) => pattern !== undefined || builtIn(name) !== undefined, {
    path: ['pattern'],
    error: `is missing; only a built-in rule has its own: ${BUILT_IN_RULES.map(({ name }) => name).join(', ')}`,
  })
  .transform((rule): GuardRule => ({ ...rule, kind: builtIn(rule.name)?.kind ?? 'injection' }));

function builtIn(name: string): BuiltInRule | undefined {
  return BUILT_IN_RULES.find((rule) => rule.name === name);
}

/** The pattern, or what is wrong with it. */
function compile(source: string): RegExp | string {
  try {
    const pattern = new RegExp(source, 'iu');
    return pattern.test('') ? 'matches every text; it must need at least one character' : pattern;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/iu: /s, '') : 'unknown reason';
    return `is not a regular expression: ${reason}`;
  }
}
