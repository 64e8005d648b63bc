import type { ErrorFacts } from './error-facts.ts';
import type { Protocol } from './presets.ts';
import { isKnownToSeeImages } from './sees-images.ts';

/** Which parameters a model takes. */
export interface ModelTraits {
  /** What OpenAI's protocol calls the token limit. */
  readonly limitName: 'max_tokens' | 'max_completion_tokens';
  /** Whether it may be told a temperature. */
  readonly temperature: boolean;
  /** Whether a stream of OpenAI's protocol may be asked to end with its usage. */
  readonly streamUsage: boolean;
  /** Whether a conversation may end with the beginning of the answer. */
  readonly prefill: boolean;
  /** Whether it sees images. */
  readonly images: boolean;
  /** Whether it may think for minutes before it sends anything at all. */
  readonly thinksSilently: boolean;
  /** Whether its answers come as they grow; otherwise whole. */
  readonly streams: boolean;
}

/** OpenAI's o-series, and GPT from 5 on (platform.openai.com/docs/guides/reasoning). */
const REASONING = /^(o\d|gpt-([5-9]|\d\d))(?!.*chat)/;
const NEW_LIMIT_NAME = /^(o\d|gpt-([5-9]|\d\d))/;

/**
 * Claude up to 4.6 takes a temperature, if asked in the older version of the API; up to 4.5 it goes on with a
 * beginning (platform.claude.com/docs/en/about-claude/models/migration-guide).
 */
const CLAUDE_WITH_TEMPERATURE = /^claude-(3|(opus|sonnet|haiku)-4(-[0-6])?(-20\d{6})?$)/;
const CLAUDE_WITH_PREFILL = /^claude-(3|(opus|sonnet|haiku)-4(-[0-5])?(-20\d{6})?$)/;

/** What is known of a model before anybody asked it. */
export function knownTraits(protocol: Protocol, model: string): ModelTraits {
  // OpenRouter and its like put the maker before the name.
  const name = model.slice(model.lastIndexOf('/') + 1);
  const images = isKnownToSeeImages(name);
  if (protocol === 'anthropic') {
    return {
      limitName: 'max_tokens',
      temperature: CLAUDE_WITH_TEMPERATURE.test(name),
      streamUsage: true,
      prefill: CLAUDE_WITH_PREFILL.test(name),
      images,
      thinksSilently: false,
      streams: true,
    };
  }
  return {
    limitName: NEW_LIMIT_NAME.test(name) ? 'max_completion_tokens' : 'max_tokens',
    temperature: !REASONING.test(name),
    streamUsage: true,
    prefill: false,
    images,
    thinksSilently: REASONING.test(name),
    streams: true,
  };
}

const UNWANTED =
  /unsupported|not support|no longer support|unrecogni[sz]ed|unknown|unexpected|extra|not permitted|not allowed|deprecated|only the default/i;

const NO_STREAM =
  /\bstream(ing)?\b.{0,40}(not support|unsupported|not allowed)|(not support|unsupported).{0,40}\bstream(ing)?\b/i;

/**
 * What a refusal teaches of a model that was asked by these traits: the one that is different, or undefined when it
 * was refused for another reason.
 */
export function lessonOf(facts: ErrorFacts, asked: ModelTraits): Partial<ModelTraits> | undefined {
  const { status, param, code, text } = facts;
  if (status !== 400 && status !== 422) return undefined;
  const mentions = (name: string): boolean => param === name || text.includes(name);
  if (asked.prefill && /prefill|must end with a user message/i.test(text)) return { prefill: false };
  if (!UNWANTED.test(`${code} ${text}`)) return undefined;
  if (asked.streamUsage && (mentions('stream_options') || mentions('include_usage'))) {
    return { streamUsage: false };
  }
  if (asked.streams && (param === 'stream' || NO_STREAM.test(text))) return { streams: false };
  if (asked.temperature && mentions('temperature')) return { temperature: false };
  if (param === '' ? text.includes(asked.limitName) : param === asked.limitName) {
    return { limitName: asked.limitName === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens' };
  }
  return undefined;
}
