import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AgentsFileError, StoredConflictError } from '../../src/agents-file/file-problem.ts';
import type { ReadOptions, Source } from '../../src/agents-file/source.ts';
import { watchSource, type WatchOptions } from '../../src/agents-file/watch-source.ts';
import { UnavailableError } from '../../src/errors.ts';

/** A source whose text is set by hand, and its watch. */
class HandSource implements Source {
  readonly shown = 'hand';
  readonly interval = 1;
  /** What stands in it; an error: what reading it throws. */
  content: string | Error = 'one';
  reads = 0;
  watchers = 0;
  /** Called whenever it has given its text. */
  onRead = (): void => undefined;

  async read({ known }: ReadOptions = {}): ReturnType<Source['read']> {
    await Promise.resolve();
    this.reads++;
    if (this.content instanceof Error) throw this.content;
    const text = this.content;
    if (text === known) return undefined;
    this.onRead();
    return { texts: [{ file: 'hand', text }], version: text };
  }

  watch(): () => void {
    this.watchers++;
    return () => this.watchers--;
  }

  /** Resolves once it was looked at three times more, of which two may belong together: then what it held is dealt with. */
  async lookedAt(): Promise<void> {
    const seen = this.reads;
    await vi.waitUntil(() => this.reads >= seen + 3);
  }
}

const broken = (message: string): AgentsFileError =>
  new AgentsFileError([{ file: 'hand', line: 1, column: 1, message }]);

/** Watches it until the test is over; `refuse` makes taking a text fail. */
async function watching(source: HandSource, options: Partial<WatchOptions> = {}) {
  const stopping = new AbortController();
  const taken: string[] = [];
  const told: string[] = [];
  const refusals = new Map<string, Error>();
  const { ended } = await watchSource({
    source,
    take: async ([text]) => {
      await Promise.resolve();
      const refusal = refusals.get(text?.text ?? '');
      if (refusal !== undefined) throw refusal;
      taken.push(text?.text ?? '');
      return undefined;
    },
    onError: (error) => {
      told.push((error as Error).message);
    },
    signal: stopping.signal,
    ...options,
  });
  onTestFinished(async () => {
    stopping.abort();
    await ended;
  });
  return {
    taken,
    told,
    refusals,
    ended,
    stop: () => {
      stopping.abort();
    },
  };
}

describe('a watched source', () => {
  it('is taken at first, and once for each change', async () => {
    const source = new HandSource();
    const { taken } = await watching(source);
    expect(taken).toEqual(['one']);
    await source.lookedAt();
    source.content = 'two';
    await source.lookedAt();
    expect(taken).toEqual(['one', 'two']);
  });

  it('that is broken is told once, and the next good version is taken', async () => {
    const source = new HandSource();
    const { taken, told, refusals } = await watching(source);
    refusals.set('bad', broken('oops'));
    source.content = 'bad';
    await source.lookedAt();
    refusals.delete('bad');
    await source.lookedAt();
    expect(taken, 'what was broken is not tried again').toEqual(['one']);
    source.content = 'good';
    await source.lookedAt();
    expect([taken, told]).toEqual([['one', 'good'], ['hand:1:1: oops']]);
  });

  it('is tried again when it was not the file that was wrong', async () => {
    const source = new HandSource();
    const { taken, told, refusals } = await watching(source);
    refusals.set('two', new UnavailableError('the database is locked'));
    source.content = 'two';
    await source.lookedAt();
    refusals.clear();
    await source.lookedAt();
    expect([taken, told]).toEqual([['one', 'two'], ['the database is locked']]);
  });

  it('is tried again, and told once, while it is at odds with what is stored', async () => {
    const source = new HandSource();
    const { taken, told, refusals } = await watching(source);
    refusals.set('two', new StoredConflictError([{ file: 'hand', line: 1, column: 1, message: 'taken' }]));
    source.content = 'two';
    await source.lookedAt();
    await source.lookedAt();
    refusals.clear();
    await source.lookedAt();
    expect([taken, told]).toEqual([['one', 'two'], ['hand:1:1: taken']]);
  });

  it('is taken only once it stays the same, also when nothing told of a change', async () => {
    const source = new HandSource();
    const { taken } = await watching(source);
    const seen = source.reads;
    source.onRead = () => {
      if (source.content === 'half') source.content = 'whole';
    };
    source.content = 'half';
    await vi.waitUntil(() => taken.length > 1);
    expect(source.reads).toBeGreaterThan(seen);
    expect(taken).toEqual(['one', 'whole']);
  });

  it('is taken again without a change when that is asked for', async () => {
    const source = new HandSource();
    const firsts: boolean[] = [];
    await watching(source, {
      interval: 1_000_000,
      take: (_, isFirst) => Promise.resolve(firsts.push(isFirst) < 3 ? 1 : undefined),
    });
    await vi.waitFor(() => {
      expect(firsts).toEqual([true, false, false]);
    });
  });

  it('that cannot be read is told once for each outage', async () => {
    const source = new HandSource();
    const { taken, told } = await watching(source);
    for (const content of [new UnavailableError('gone'), 'one', new UnavailableError('gone')]) {
      source.content = content;
      await source.lookedAt();
    }
    expect([taken, told]).toEqual([['one'], ['gone', 'gone']]);
  });

  it('is looked at as soon as it says that it has changed, once it is quiet', async () => {
    const source = new HandSource();
    let onChange = (): void => undefined;
    const { taken } = await watching(
      Object.assign(source, {
        watch: (callback: () => void) => {
          onChange = callback;
          return () => undefined;
        },
      }),
      { interval: 1_000_000 },
    );
    source.content = 'two';
    onChange();
    onChange();
    await vi.waitFor(() => {
      expect(taken).toEqual(['one', 'two']);
    });
    expect(source.reads).toBe(2);
  });

  it('is let go of at the end, also when the first look ends it', async () => {
    const source = new HandSource();
    const { stop, ended } = await watching(source);
    expect(source.watchers).toBe(1);
    stop();
    await ended;
    expect(source.watchers).toBe(0);
    source.content = new UnavailableError('gone');
    const onError = (error: unknown): void => {
      throw error;
    };
    await expect(watching(source, { onError })).rejects.toThrow('gone');
    expect(source.watchers).toBe(0);
  });
});
