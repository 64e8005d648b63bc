import type { Attachment } from '../../agents/agent.ts';
import { printable } from '../../agents-file/show-value.ts';
import { NANO } from '../../usage/price-list.ts';
import type { CommandOutput } from '../run-command.ts';
import type { Chat, ChatAnswer } from './chat.ts';
import { readable } from './readable.ts';

/** How answers are printed. */
export interface AnswerLinesOptions {
  /** One JSON object an answer, instead of its text. */
  readonly json: boolean;
  /** Go with the first message. */
  readonly attachments: readonly Attachment[];
}

/**
 * Has an agent answer messages one after the other. Answers go to standard output, and nothing else; why one is missing
 * goes to standard error. When `signal` aborts, the answer that is being made is cancelled and no other is asked for.
 *
 * @returns whether all of them were answered
 */
export async function answerLines(
  chat: Chat,
  lines: AsyncIterable<string> | Iterable<string>,
  { stdout, stderr }: CommandOutput,
  { json, attachments }: AnswerLinesOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const bot = { userId: chat.botUserId, name: chat.record.name };
  const plain = (texts: readonly string[]): string => readable(texts.join('\n'), bot, Date.now());
  const cancel = (): void => {
    chat.cancel();
  };
  signal.addEventListener('abort', cancel);
  let files = attachments;
  let all = true;
  try {
    for await (const line of lines) {
      const question = line.trim();
      if (question === '' && files.length === 0) continue;
      if (signal.aborted) return false;
      const answer = await chat.ask(question, files);
      files = [];
      const answered = answer.state === 'delivered';
      all &&= answered;
      const text = plain(answer.texts);
      if (json) stdout.write(`${printable(JSON.stringify(asJson(question, text, answer)))}\n`);
      else if (answered) stdout.write(`${text}\n`);
      if (!answered) stderr.write(whyNot(answer, text));
    }
    return all;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function whyNot({ reason, error }: ChatAnswer, text: string): string {
  const lines = [`not answered: ${reason}`, ...(error === undefined ? [] : [printable(error)]), text];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

function asJson(question: string, answer: string, { state, reason, usage }: ChatAnswer): object {
  return {
    question,
    answer,
    state,
    reason,
    ...(usage !== undefined && {
      usage: {
        input_tokens: usage.inputTokens,
        cached_tokens: usage.cachedTokens,
        output_tokens: usage.outputTokens,
        usd: usage.nanoUsd === undefined ? null : usage.nanoUsd / NANO,
      },
    }),
  };
}
