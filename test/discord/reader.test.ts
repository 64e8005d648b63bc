import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { messageOf, TroupeError, UnavailableError } from '../../src/errors.ts';
import { type AdapterOptions, connectStage } from './stage.ts';

const { signal } = new AbortController();

/** A bot that was asked something, with its way to what is around. */
async function askedBot(options: AdapterOptions = {}) {
  const stage = await connectStage(options);
  const ask = async (attachments: { name: string; data: string }[] = []) => {
    const { id } = stage.ada.say(stage.general, `${stage.bot.mention} hello`, { attachments });
    for (let n = 0; ; n++) {
      const incoming = await stage.incoming(n);
      if (incoming.message.id === id) return incoming;
    }
  };
  return { ...stage, ask };
}

const failure = async (promise: Promise<unknown>): Promise<TroupeError> => {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof TroupeError) return error;
  return expect.unreachable('no TroupeError');
};

describe('the messages before', () => {
  it('come oldest first, by name, with those of bots and its own, without empty ones and notices', async () => {
    const { standIn, guild, general, ada, bot, ask } = await askedBot();
    const other = standIn.addBot({ username: 'other', guilds: [guild] });
    const bob = standIn.addUser({ username: 'bob', displayName: 'Bob' });
    bob.say(general, 'too old');
    ada.say(general, `hey ${bob.mention}, see ${general.mention}`);
    bot.say(general, 'my own');
    other.say(general, 'I am a bot');
    bob.say(general, '', { attachments: [{ name: 'x.txt', data: 'x' }] });
    const { recipient, message } = await ask();
    ada.say(general, 'too new');
    const messages = await recipient.reader.messagesBefore(message.channelId, message.id, 4, signal);
    expect(messages).toEqual([
      { author: 'ada', isOwn: false, text: 'hey @Bob, see #general' },
      { author: 'helper', isOwn: true, text: 'my own' },
      { author: 'other', isOwn: false, text: 'I am a bot' },
    ]);
  });

  it('are asked for again when Discord is ill', async () => {
    const { standIn, general, ada, ask } = await askedBot();
    ada.say(general, 'before');
    const { recipient, message } = await ask();
    const fault = standIn.failRequests({ method: 'GET', route: /\/messages$/, status: 503, times: 2 });
    const messages = await recipient.reader.messagesBefore(message.channelId, message.id, 5, signal);
    expect(messages.map(({ text }) => text)).toEqual(['before']);
    expect(fault.hits).toBe(2);
  });

  it('that the bot may not see fail with what to do', async () => {
    const { general, bot, ask } = await askedBot();
    const { recipient, message } = await ask();
    general.deny(bot, 'view');
    const error = await failure(recipient.reader.messagesBefore(message.channelId, message.id, 5, signal));
    expect(error).toMatchObject({ retryable: false, remedy: /"Read Message History"/ });
  });

  it('are given up with the answer', async () => {
    const { standIn, ask } = await askedBot();
    const { recipient, message } = await ask();
    const slow = standIn.slowRequests({ method: 'GET', route: /\/messages$/, ms: Number.POSITIVE_INFINITY });
    const giveUp = new AbortController();
    const reading = recipient.reader.messagesBefore(message.channelId, message.id, 5, giveUp.signal);
    await standIn.until(() => slow.hits === 1, 'the request');
    giveUp.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(slow.hits).toBe(1);
  });
});

describe('a file', () => {
  /** A file server of the test's own, and a download from it. */
  async function serve(answer: RequestListener, options: AdapterOptions = {}) {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { ask } = await askedBot(options);
    const { reader } = (await ask()).recipient;
    const download = (maxBytes = 100, until = signal, path = '/private-words.txt?hm=sealed') => {
      const url = path.startsWith('/') ? `http://${host}${path}` : path;
      return reader.download({ name: 'x', mediaType: undefined, size: 1, url }, maxBytes, until);
    };
    return { host, download };
  }

  it('is loaded, as far as it is wanted', async () => {
    const { ask } = await askedBot();
    const { recipient, message } = await ask([{ name: 'poem.txt', data: 'Grüße' }]);
    const [attachment] = message.attachments;
    if (attachment === undefined) expect.unreachable();
    const load = async (max: number) =>
      Buffer.from(await recipient.reader.download(attachment, max, signal)).toString();
    expect(await load(100)).toBe('Grüße');
    expect(await load(2)).toBe('Gr');
  });

  it('that does not end is left once there is enough', async () => {
    const left = Promise.withResolvers<undefined>();
    const { download } = await serve((_, response) => {
      const chunk = Buffer.alloc(10_000, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).on('close', () => {
        left.resolve(undefined);
      });
      more();
    });
    expect(await download(25_000)).toEqual(new Uint8Array(25_000).fill(120));
    await left.promise;
  });

  it.each([
    ['is not there', 404, {}, 'HTTP 404'],
    ['leads elsewhere', 302, { location: 'http://127.0.0.1:1/' }, 'HTTP 302'],
  ])('that %s fails, with no more of its address than the host', async (_, status, headers, problem) => {
    const { host, download } = await serve((_request, response) => {
      response.writeHead(status, headers).end('no');
    });
    const error = await failure(download());
    expect(error).toBeInstanceOf(UnavailableError);
    expect(messageOf(error)).toBe(`a file of a message cannot be loaded from ${host} (${problem})`);
  });

  it('that breaks off fails instead of being short', async () => {
    const { download } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 50 });
      response.write('begun', () => response.destroy());
    });
    expect(messageOf(await failure(download()))).not.toMatch(/private-words|sealed/);
  });

  it('that takes too long is given up', async () => {
    const { download } = await serve((_, response) => void response.write('begun'), { requestTimeout: 100 });
    expect(await failure(download())).toMatchObject({ message: /\(not within 0.1 s\)/, retryable: true });
  });

  it('is given up with the answer', async () => {
    const giveUp = new AbortController();
    const { download } = await serve((_, response) => {
      response.write('begun');
      giveUp.abort(new Error('enough'));
    });
    await expect(download(100, giveUp.signal)).rejects.toThrow('enough');
  });

  it.each(['file:///etc/passwd', 'data:text/plain,x', 'nonsense'])('at %s is not loaded', async (address) => {
    const { download } = await serve((_, response) => void response.end());
    expect(await failure(download(100, signal, address))).toMatchObject({
      message: 'a file of a message has no address that can be loaded',
    });
  });
});
