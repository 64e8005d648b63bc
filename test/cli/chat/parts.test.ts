import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { attachFile, readAttached } from '../../../src/cli/chat/attached-file.ts';
import { createMessageIds } from '../../../src/cli/chat/message-ids.ts';
import { saveFile } from '../../../src/cli/chat/save-file.ts';
import { TerminalChannel } from '../../../src/cli/chat/terminal-channel.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('ids of messages', () => {
  it('have the time as those of Discord have it, and always grow', () => {
    let now = Date.UTC(2026, 0, 1);
    const next = createMessageIds(
      () => now,
      () => 0.999_999_99,
    );
    const ids = [next(), next()];
    now -= 1_000;
    ids.push(next());
    const numbers = ids.map((id) => BigInt(id));
    expect(Number((numbers[0] ?? 0n) >> 22n) + 1_420_070_400_000).toBe(Date.UTC(2026, 0, 1));
    expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(ids).size).toBe(3);
  });

  it('differ between two processes in one millisecond', () => {
    const [one, other] = [0.1, 0.2].map((chance) =>
      createMessageIds(
        () => Date.UTC(2026, 0, 1),
        () => chance,
      )(),
    );
    expect(one).not.toBe(other);
  });
});

describe('an attached file', () => {
  it('has its name and size, and gives its first bytes', async () => {
    const folder = await temporaryDirectory();
    await writeFile(path.join(folder, 'a b#ä.txt'), 'twelve bytes');
    const file = await attachFile('a b#ä.txt', folder);
    expect(file).toMatchObject({ name: 'a b#ä.txt', size: 12, mediaType: undefined });
    expect(Buffer.from(await readAttached(file, 6)).toString()).toBe('twelve');
    expect(Buffer.from(await readAttached(file, 100)).toString()).toBe('twelve bytes');
  });

  it('is refused when it is none', async () => {
    const folder = await temporaryDirectory();
    await mkdir(path.join(folder, 'sub'));
    await expect(attachFile('sub', folder)).rejects.toThrow('it is not a file');
    await expect(attachFile('none', folder)).rejects.toThrow('cannot be attached');
  });
});

it('saves a file for its owner alone, and over no other', async () => {
  const folder = await temporaryDirectory();
  const first = await saveFile(folder, { name: 'memory.json', content: 'one' });
  const second = await saveFile(folder, { name: 'memory.json', content: 'two' });
  expect([first, second].map((file) => path.basename(file))).toEqual(['memory.json', 'memory-2.json']);
  expect(await readFile(first, 'utf8')).toBe('one');
  expect((await stat(second)).mode & 0o777).toBe(0o600);
});

describe('the channel', () => {
  const piece = (text: string) => ({ channelId: '0', text, nonce: 'n', replyTo: undefined });

  it('knows what was said before a question, edits among it, and no more than is asked for', async () => {
    let id = 0;
    const channel = new TerminalChannel('Helper', () => (++id).toString());
    channel.say('Ada', 'one', {});
    const posted = await channel.post(piece('ans'));
    await channel.edit({ channelId: '0', messageId: posted.id, text: 'answer' });
    const question = channel.say('Ada', 'two', {});
    await channel.post(piece('later'));
    expect(await channel.messagesBefore('0', question, 10)).toEqual([
      { author: 'Ada', isOwn: false, text: 'one' },
      { author: 'Helper', isOwn: true, text: 'answer' },
    ]);
    expect(await channel.messagesBefore('0', question, 1)).toMatchObject([{ text: 'answer' }]);
    expect(channel.texts).toEqual(['later']);
  });
});
