import { describe, expect, it } from 'vitest';
import { ansiSpans } from '../../demo/ansi-spans.ts';
import { CAST } from '../../demo/cast.ts';
import { createPaint, wantsColours } from '../../demo/paint.ts';
import { terminalSvg } from '../../demo/terminal-svg.ts';

const paint = createPaint(true);

describe('a picture of the terminal', () => {
  it('takes styles apart', () => {
    expect(ansiSpans(`a ${paint(['cyan', 'bold'], 'b')} ${paint('dim', 'c')}`)).toEqual([
      { text: 'a ', colour: undefined, bold: false, dim: false },
      { text: 'b', colour: 36, bold: true, dim: false },
      { text: ' ', colour: undefined, bold: false, dim: false },
      { text: 'c', colour: undefined, bold: false, dim: true },
    ]);
  });

  it('shows text and never markup', () => {
    const svg = terminalSvg({ title: 'a & b', lines: [`<b> ${paint('green', '"x"')}`], columns: 40 });
    expect(svg).toContain('a &amp; b');
    expect(svg).toContain('&lt;b&gt;');
    expect(svg).toContain('class="c32">&quot;x&quot;<');
  });

  it.each(CAST)('has the colour of $name', ({ name, colour }) => {
    const svg = terminalSvg({ title: '', lines: [paint(colour, name)], columns: 40 });
    const [, number = 'none'] = /class="c(\d+)"/.exec(svg) ?? [];
    expect(svg).toContain(`.c${number}{fill:`);
  });
});

describe('colours', () => {
  const terminal = { isTTY: true, getColorDepth: () => 8 };
  it.each([
    ['a terminal has them', terminal, {}, true],
    ['NO_COLOR forbids them', terminal, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', terminal, { NO_COLOR: '' }, true],
    ['a terminal without colours has none', { isTTY: true, getColorDepth: () => 1 }, {}, false],
    ['a pipe has none', {}, {}, false],
    ['FORCE_COLOR demands them', {}, { FORCE_COLOR: '1' }, true],
    ['NO_COLOR wins', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('%s', (_case, output, env, wanted) => {
    expect(wantsColours(output, env)).toBe(wanted);
  });
});
