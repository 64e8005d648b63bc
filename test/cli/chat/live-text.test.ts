import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveText, type TerminalOutput } from '../../../src/cli/chat/live-text.ts';
import { createScreen, linesOf, type Screen } from '../../support/pseudo-terminal.ts';

/** A live text on a screen. */
function setUp(columns: number, rows: number) {
  const screen = createScreen(columns, rows);
  const writes: string[] = [];
  const output = {
    get columns() {
      return screen.cols;
    },
    get rows() {
      return screen.rows;
    },
    write: (text: string) => writes.push(text),
  };
  const live = new LiveText(output as unknown as TerminalOutput);
  const shown = async (): Promise<string[]> => {
    await flush(screen, writes.splice(0).join(''));
    return linesOf(screen);
  };
  return { live, writes, screen, shown };
}

function flush(screen: Screen, text: string): Promise<void> {
  return new Promise((resolve) => {
    screen.write(text, resolve);
  });
}

/** Without spaces: a screen has one of its own where a wide character did not fit into a row. */
const inkOf = (lines: readonly string[]): string[] => lines.map((line) => line.replaceAll(' ', ''));

describe('a live text', () => {
  it('shows any text in place of any other, as long as it has not scrolled away', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '漢', 'é'), maxLength: 30 });
    const text = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => `${lines.join('\n')}.`);
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 6 }), async (texts) => {
        const { live, shown } = setUp(12, 30);
        for (const one of texts) {
          live.show(one);
          expect(inkOf(await shown())).toEqual(inkOf(one.split('\n')));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is whole when it only grows, however long, and through changes of the width', async () => {
    const word = fc.constantFrom('word ', 'a', 'longer-than-a-row ', '\n', '漢字 ');
    const step = fc.record({
      more: fc.array(word, { minLength: 1, maxLength: 20 }),
      columns: fc.integer({ min: 8, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const { live, screen, shown } = setUp(20, 10);
        let text = 'begin';
        for (const { more, columns } of steps) {
          text += `${more.join('')}.`;
          live.show(text);
          await shown();
          screen.resize(columns, 10);
        }
        expect(inkOf(await shown())).toEqual(inkOf(text.split('\n')));
      }),
      { numRuns: 60 },
    );
  });

  it('writes only the rows that differ, all at once', () => {
    const { live, writes } = setUp(20, 10);
    live.show('first row\nsecond row');
    writes.length = 0;
    live.show('first row\nsecond row, and more');
    expect(writes).toHaveLength(1);
    expect(writes[0]).not.toContain('first');
    live.show('first row\nsecond row, and more');
    expect(writes).toHaveLength(1);
  });

  it('leaves what has scrolled away as it was, and repeats nothing', async () => {
    const { live, shown } = setUp(20, 5);
    const lines = Array.from({ length: 10 }, (_, at) => `line ${at}`);
    live.show(lines.join('\n'));
    await shown();
    live.show(['another', ...lines.slice(1, 9), 'the last'].join('\n'));
    expect(await shown()).toEqual([...lines.slice(0, 9), 'the last']);
  });

  it('leaves nothing behind when it ends empty', async () => {
    const { live, shown } = setUp(20, 10);
    live.show('somebody is typing…');
    await shown();
    live.show('');
    expect(await shown()).toEqual([]);
  });
});
