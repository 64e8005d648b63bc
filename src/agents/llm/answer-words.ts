import { BudgetError, type BudgetKind } from '../../usage/usage-ledger.ts';
import { AnswerError } from '../agent.ts';
import { ChatModelError, type ChatFailure } from '../chat-model.ts';
import type { GrownAnswer } from './grow-answer.ts';

const TRY_LATER = 'Please try again in a few minutes.';
/** What a user is told when the operator has to do something. */
export const NOT_SET_UP =
  'I am not set up properly right now. Whoever runs me can see in the log what is missing.';

/** What a user is told when the model failed. */
const FAILURES: Readonly<Record<ChatFailure, string>> = {
  overloaded: `My language model has too much to do right now. ${TRY_LATER}`,
  'rate-limited': `I was asked too much in too short a time. ${TRY_LATER}`,
  unavailable: `My language model does not answer right now. ${TRY_LATER}`,
  idle: `My language model fell silent. ${TRY_LATER}`,
  'context-too-long':
    'That is more than I can read at once. Please make it shorter, or begin anew with /reset.',
  'bad-key': NOT_SET_UP,
  'out-of-credit': NOT_SET_UP,
  'unknown-model': NOT_SET_UP,
  'bad-request': 'My language model did not take that message. Please put it in another way.',
};

/** Every way in which a call to a model may fail. */
export const CHAT_FAILURES = Object.keys(FAILURES) as readonly ChatFailure[];

const WHOSE_BUDGET: Readonly<Record<BudgetKind, string>> = {
  user: 'You have used up what I may spend on you today.',
  guild: 'This server has used up what I may spend on it today.',
  agent: 'I have used up what I may spend today.',
  host: 'The bots here have used up what they may spend today.',
};

/** What a failure means for the user; one that has no words of its own comes back as it is. */
export function inWords(error: unknown): unknown {
  if (error instanceof BudgetError) {
    if (error.isTooLarge) {
      const tooLarge =
        'That question is larger than what I may spend in a whole day. Please make it shorter.';
      return new AnswerError('budget-too-small', tooLarge, { expected: true, cause: error });
    }
    const seconds = Math.floor(error.resetsAt.getTime() / 1_000);
    const words = `${WHOSE_BUDGET[error.kind]} It starts anew <t:${seconds}:R>, at <t:${seconds}:t>.`;
    return new AnswerError('budget-reached', words, { expected: true, cause: error });
  }
  if (error instanceof ChatModelError) {
    return new AnswerError(`model-${error.failure}`, FAILURES[error.failure], { cause: error });
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new AnswerError('answer-too-slow', `That took me too long. ${TRY_LATER}`, { cause: error });
  }
  return error;
}

/**
 * What is added to an answer that did not end by itself; empty for one that did.
 *
 * @param limit - the token limit that was reached
 * @throws {AnswerError} when there is no answer to add it to
 */
export function closingWords({ end, text }: GrownAnswer, limit: number): string {
  const said = text.trim() !== '';
  switch (end) {
    case 'complete':
      if (said) return '';
      throw new AnswerError('empty-answer', 'I have no answer to that. Please ask in another way.');
    case 'length':
      if (said) return note(text, `I stopped here: the limit of ${limit} tokens for one answer is reached.`);
      throw new AnswerError(
        'token-limit',
        `I used up the limit of ${limit} tokens for one answer before I could say anything.`,
        { remedy: 'Raise max_tokens, or "until" of tokens_range: this model thinks before it speaks.' },
      );
    case 'window-full':
      return note(text, 'I stopped here: our conversation is all that I can read at once.');
    case 'refusal':
      return said ? note(text, 'The model declined to go on.') : 'I would rather not answer that.';
    case 'content-filter':
      return said
        ? note(text, "The provider's content filter held back the rest.")
        : "The provider's content filter held back my answer. Please put it in another way.";
  }
}

/** Small print in Discord's Markdown, behind an answer, whose code block may be open. */
function note(text: string, words: string): string {
  const fences = text.match(/^ {0,3}```/gm)?.length ?? 0;
  return `${fences % 2 === 1 ? '\n```' : ''}\n-# ${words}`;
}
