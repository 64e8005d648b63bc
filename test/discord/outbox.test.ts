import { describe, expect, it } from 'vitest';
import { type Lease, LeaseLostError, withoutLease } from '../../src/leases/lease.ts';
import { DeliveryError } from '../../src/messages/outbox.ts';
import { turns } from '../support/turns.ts';
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

/** A bot that was asked something, and a lease that need not be certain. */
async function leasedBot(options: AdapterOptions = {}) {
  const isOver = new AbortController();
  let asks = 0;
  let certain = Promise.withResolvers<undefined>();
  certain.resolve(undefined);
  const lease: Lease = {
    ...withoutLease('agent-1'),
    signal: isOver.signal,
    held: async () => {
      asks += 1;
      await certain.promise;
      if (isOver.signal.aborted) throw new LeaseLostError('agent-1');
    },
  };
  const stage = await askedBot({ lease, ...options });
  const { outbox, piece } = stage;
  const { id } = await outbox.post(piece);
  return {
    ...stage,
    piece: { ...piece, replyTo: undefined },
    /** How often somebody asked whether it is held. */
    asks: () => asks,
    change: stage.editOf(id, 'an old part'),
    /** From now on the database cannot be asked. */
    doubt: () => {
      certain = Promise.withResolvers();
    },
    confirm: () => {
      certain.resolve(undefined);
    },
    lose: () => {
      isOver.abort();
      certain.resolve(undefined);
    },
  };
}

describe('what is written under a lease', () => {
  it('is not tried again once the lease is lost, and says that it is lost', async () => {
    const { outbox, change, standIn, bot, doubt, lose } = await leasedBot();
    const fault = standIn.failRequests({ method: 'PATCH', status: 503, times: 1 });
    const edit = outbox.edit(change).catch((error: unknown) => error);
    await standIn.until(() => fault.over, 'the try that fails');
    doubt();
    lose();
    expect(await edit).toBeInstanceOf(LeaseLostError);
    expect(bot.sent[0]?.content).toBe('draft');
  });

  it('is not tried again before it is certain that the lease is held', async () => {
    const { outbox, change, standIn, bot, asks, doubt, confirm } = await leasedBot();
    const fault = standIn.failRequests({ method: 'PATCH', status: 503, times: 1 });
    const edit = outbox.edit(change);
    await standIn.until(() => fault.over, 'the try that fails');
    doubt();
    const before = asks();
    await expect.poll(asks, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    expect(bot.sent[0]?.content).toBe('draft');
    confirm();
    await edit;
    expect(bot.sent[0]?.content).toBe('an old part');
  });

  it.each(['lost', 'confirmed'] as const)(
    'is not sent when its turn comes while the lease is in doubt, nor keeps others waiting; then that is %s',
    async (end) => {
      const { outbox, piece, standIn, bot, doubt, confirm, lose } = await leasedBot();
      const texts = (): string[] => bot.sent.map(({ content }) => content);
      const slow = standIn.slowRequests({ method: 'POST', ms: Number.POSITIVE_INFINITY, times: 1 });
      const first = outbox.post({ ...piece, nonce: 'n-2', text: 'first' });
      await standIn.until(() => slow.hits > 0, 'the first post');
      const second = outbox.post({ ...piece, nonce: 'n-3', text: 'second' }).catch((error: unknown) => error);
      // By now it waits for its turn, and was certain of the lease before.
      await turns(20);
      doubt();
      const notice = outbox.post({ ...piece, nonce: 'n-4', text: 'a notice', needsNoLease: true });
      slow.lift();
      await Promise.all([first, notice]);
      expect(texts()).toEqual(['draft', 'first', 'a notice']);
      if (end === 'lost') lose();
      else confirm();
      const outcome = await second;
      if (end === 'lost') expect(outcome).toBeInstanceOf(LeaseLostError);
      expect(texts().slice(3)).toEqual(end === 'lost' ? [] : ['second']);
    },
  );
});
