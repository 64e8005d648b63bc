import { describe, expect, it } from 'vitest';
import { dramaturgLines } from '../../demo/dramaturg-lines.ts';
import { NO_CONVERSATION, type RecordedMessage } from '../support/llm/recorded-request.ts';

/** What is answered to the last of these, the ones before being earlier turns. */
function answerTo(...words: string[]): string {
  const plain = { images: [], toolCalls: [] };
  const messages = words.flatMap((text): RecordedMessage[] => [
    { ...plain, role: 'user', text: `<message from="Ada">\n${text}\n</message>` },
    { ...plain, role: 'assistant', text: 'So be it.' },
  ]);
  const system = 'You are Dramaturg.\n\nRules.';
  return dramaturgLines({ ...NO_CONVERSATION, system, messages: messages.slice(0, -1) });
}

describe('the lines of the stand-in', () => {
  it.each([
    [['hello'], 'Hello, Ada!'],
    [['I love thunder', 'good evening'], 'Hello again, Ada!'],
    [['My cat is called Yorick'], 'Good to know, Ada.'],
    [['what do you know about me?'], 'Nothing, Ada.'],
    [['hello', 'Who am I?'], 'Nothing, Ada.'],
    [['I love thunder', 'hello', 'do you remember me?'], 'You told me: “I love thunder”'],
    [
      ['we play at eight', 'my cue is late', 'what do you remember?'],
      '“we play at eight” and “my cue is late”',
    ],
    [['I love tea', 'Shall I go?', 'what do you know?'], 'You told me: “I love tea”'],
    [['who are you?'], 'I was told: “You are Dramaturg.”'],
    [['give me some code'], '```yaml'],
    [['to be or not to be?'], 'I am a stand-in, Ada, not a real model'],
  ])('%j', (words, answer) => {
    expect(answerTo(...words)).toContain(answer);
  });

  it('say how to have a real model, in one message', () => {
    const answer = answerTo('nonsense');
    expect(answer).toContain('OPENAI_API_KEY');
    expect(answer.length).toBeLessThanOrEqual(160);
  });
});
