import { describe, expect, it } from 'vitest';
import { AnswerError } from '../../../src/agents/agent.ts';
import { ChatModelError } from '../../../src/agents/chat-model.ts';
import { closingWords, inWords } from '../../../src/agents/llm/answer-words.ts';
import { BudgetError } from '../../../src/usage/usage-ledger.ts';

describe('what is added to an answer', () => {
  it('is nothing when it is complete', () => {
    expect(closingWords({ text: 'Done.', end: 'complete' }, 100)).toBe('');
  });

  it('closes a code block that was cut, so that the note is no code', () => {
    expect(closingWords({ text: 'Look:\n```ts\nconst a', end: 'length' }, 100)).toMatch(
      /^\n```\n-# .*100 tokens/,
    );
    expect(closingWords({ text: '```\na\n```\nSo', end: 'length' }, 100)).toMatch(/^\n-# /);
  });

  it('says that the window is full when it is', () => {
    expect(closingWords({ text: 'So', end: 'window-full' }, 100)).toContain('all that I can read at once');
  });

  it.each(['complete', 'length'] as const)('is a failure in words where nothing was said: %s', (end) => {
    expect(() => closingWords({ text: ' ', end }, 100)).toThrow(AnswerError);
  });
});

describe('a failure in words', () => {
  it('holds nothing of what a provider said', () => {
    const words = inWords(new ChatModelError('unavailable', 'openai: connect 10.0.0.7:443'));
    expect(words).toMatchObject({ reason: 'model-unavailable', expected: false });
    expect((words as AnswerError).words).not.toContain('10.0.0.7');
  });

  it('names the time at which a budget is whole again, but not where waiting does not help', () => {
    const midnight = new Date('2026-11-21T00:00:00Z');
    const used = inWords(new BudgetError('user', 'tokens', midnight)) as AnswerError;
    expect(used.words).toContain(`<t:${midnight.getTime() / 1_000}:R>`);
    const tooLarge = inWords(new BudgetError('user', 'tokens', midnight, true)) as AnswerError;
    expect(tooLarge.words).not.toContain('<t:');
  });

  it('is left alone when it has no words', () => {
    const defect = new TypeError('oops');
    expect(inWords(defect)).toBe(defect);
  });
});
