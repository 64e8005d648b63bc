import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showTyping } from '../../src/messages/typing.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';
import { turns } from '../support/turns.ts';

describe('typing', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows with the next turn of the event loop when the answer takes time', async () => {
    const outbox = new RecordingOutbox();
    const typing = showTyping(outbox, '31');
    await turns(1);
    expect(outbox.typing).toEqual(['31']);
    await typing.stop();
  });

  it('does not show at all when the answer is there at once', async () => {
    const outbox = new RecordingOutbox();
    const typing = showTyping(outbox, '31');
    await Promise.resolve();
    await typing.stop();
    await turns();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outbox.typing).toEqual([]);
  });

  it('is renewed before the ten seconds are over that Discord shows it, for as long as it takes', async () => {
    const outbox = new RecordingOutbox();
    const typing = showTyping(outbox, '31');
    await turns(1);
    for (let shown = 1; shown <= 5; shown++) {
      expect(outbox.typing).toHaveLength(shown);
      await vi.advanceTimersByTimeAsync(8_000);
    }
    await typing.stop();
  });

  it('is never asked for again once it was stopped', async () => {
    const outbox = new RecordingOutbox();
    const typing = showTyping(outbox, '31');
    await turns(1);
    await typing.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outbox.typing).toEqual(['31']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets the answer wait for a request that is under way, which would show for ever after it', async () => {
    const outbox = new RecordingOutbox();
    const request = Promise.withResolvers<undefined>();
    outbox.onTyping = () => request.promise;
    const typing = showTyping(outbox, '31');
    await turns(1);
    let stopped = false;
    const stopping = typing.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(stopped).toBe(false);
    request.resolve(undefined);
    await stopping;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not let the answer wait for long when that request hangs', async () => {
    const outbox = new RecordingOutbox();
    outbox.onTyping = () => new Promise(() => undefined);
    const typing = showTyping(outbox, '31');
    await turns(1);
    const stopping = typing.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    await stopping;
    expect(outbox.typing).toEqual(['31']);
  });

  it('is no trouble when Discord refuses it', async () => {
    const outbox = new RecordingOutbox();
    outbox.onTyping = () => Promise.reject(new Error('Missing Access'));
    const typing = showTyping(outbox, '31');
    await turns(1);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(outbox.typing).toHaveLength(2);
    await expect(typing.stop()).resolves.toBeUndefined();
  });
});
