import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/messages/outbox.ts';
import { type AdapterOptions, connectStage, everythingIn } from './stage.ts';

/** A bot that was asked something, with its way out. */
async function askedBot(options: AdapterOptions = {}) {
  const stage = await connectStage(options);
  const question = stage.ada.say(stage.general, `${stage.bot.mention} hello`);
  const { outbox } = (await stage.incoming()).recipient;
  const piece = { channelId: stage.general.id, text: 'draft', nonce: 'n-1', replyTo: question.id };
  const editOf = (messageId: string, text: string) => ({ channelId: stage.general.id, messageId, text });
  return { ...stage, question, outbox, piece, editOf };
}

const failure = async (promise: Promise<unknown>): Promise<DeliveryError> => {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof DeliveryError) return error;
  return expect.unreachable('no DeliveryError');
};

describe('an edit', () => {
  it('puts another text in place, and pings nobody but the author of the question', async () => {
    const { outbox, piece, editOf, bot, ada, standIn } = await askedBot();
    const { id } = await outbox.post(piece);
    const bob = standIn.addUser({ username: 'bob' });
    await outbox.edit(editOf(id, `@everyone ${bob.mention}`));
    await outbox.edit(editOf(id, 'final'));
    expect(bot.sent[0]).toMatchObject({
      content: 'final',
      edits: [`@everyone ${bob.mention}`, 'final'],
      pinged: { users: [ada.id], roles: [], everyone: false },
    });
  });

  it.each([500, 502, 503])('is tried again when Discord says %i', async (status) => {
    const { outbox, piece, editOf, bot, standIn } = await askedBot();
    const { id } = await outbox.post(piece);
    const fault = standIn.failRequests({ method: 'PATCH', status, times: 2 });
    await outbox.edit(editOf(id, 'final'));
    expect(fault.hits).toBe(2);
    expect(bot.sent[0]?.content).toBe('final');
  });

  it('of a message that somebody deleted says that it is gone', async () => {
    const { outbox, piece, editOf, bot, ada } = await askedBot();
    const { id } = await outbox.post(piece);
    const [posted] = bot.sent;
    if (posted === undefined) expect.unreachable();
    ada.delete(posted);
    expect(await failure(outbox.edit(editOf(id, 'final')))).toMatchObject({ reason: 'message-gone' });
  });

  it('that Discord refuses fails without a word of the text', async () => {
    const { outbox, editOf, question } = await askedBot();
    const error = await failure(outbox.edit(editOf(question.id, 'what a user said')));
    expect(error).toMatchObject({ reason: 'refused-by-discord' });
    expect(everythingIn(error)).not.toContain('what a user said');
  });

  it('waits for its turn where there are many, and meets no 429', async () => {
    const { outbox, piece, editOf, bot } = await askedBot({
      standIn: { rateLimits: { editMessage: { limit: 2, perMs: 150 } } },
    });
    const { id } = await outbox.post(piece);
    for (let n = 1; n <= 5; n++) await outbox.edit(editOf(id, String(n)));
    expect(bot.sent[0]?.edits).toEqual(['1', '2', '3', '4', '5']);
    expect(bot.requests.filter(({ status }) => status === 429)).toEqual([]);
  });
});

it('posts an answer without the reply where the bot may not read the history', async () => {
  const { outbox, piece, bot, general } = await askedBot();
  general.deny(bot, 'history');
  await outbox.post(piece);
  expect(bot.sent).toMatchObject([{ content: 'draft', reference: undefined }]);
});
