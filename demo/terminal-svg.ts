import { ansiSpans, type Span } from './ansi-spans.ts';
import { textWidth } from './text-width.ts';

/** What a picture of a terminal shows. */
export interface TerminalPicture {
  /** In the window's bar. */
  readonly title: string;
  /** With ANSI styles. */
  readonly lines: readonly string[];
  readonly columns: number;
}

/** Pixels at the picture's own size. */
const CELL = { width: 8.4, height: 20 };
const FONT_SIZE = 14;
const BAR = 38;
const MARGIN = 20;

const FONTS =
  "ui-monospace,'SF Mono','Cascadia Code','JetBrains Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/** The window's colours, and the ANSI ones by number. */
const PALETTE = { window: '#15171f', bar: '#1e212b', edge: '#2d3140', text: '#d8dce8', dim: '#7d8496' };
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b85',
  32: '#8fd98b',
  33: '#f2c76e',
  34: '#7fb0ff',
  35: '#d9a0f5',
  36: '#6cd5e0',
  94: '#a9b1ff',
};

/** Draws a terminal window as an SVG that needs nothing besides itself. */
export function terminalSvg({ title, lines, columns }: TerminalPicture): string {
  const width = Math.ceil(columns * CELL.width) + 2 * MARGIN;
  const height = BAR + lines.length * CELL.height + 2 * MARGIN - 4;
  const rows = lines.flatMap((line, row) => drawLine(line, BAR + MARGIN + row * CELL.height + FONT_SIZE - 2));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<title>${escape(title)}</title>
<style>text{font:${FONT_SIZE}px ${FONTS};fill:${PALETTE.text};white-space:pre}.b{font-weight:700}.d{fill:${PALETTE.dim}}${colourRules()}</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10" fill="${PALETTE.window}" stroke="${PALETTE.edge}"/>
<path d="M1 ${BAR}V11A10 10 0 0 1 11 1H${width - 11}A10 10 0 0 1 ${width - 1} 11V${BAR}Z" fill="${PALETTE.bar}"/>
<circle cx="22" cy="19" r="6" fill="#ff5f57"/><circle cx="42" cy="19" r="6" fill="#febc2e"/><circle cx="62" cy="19" r="6" fill="#28c840"/>
<text x="${width / 2}" y="24" text-anchor="middle" class="d">${escape(title)}</text>
${rows.join('\n')}
</svg>
`;
}

/** Each stretch is put where its column is, so that a glyph from another font moves nothing behind it. */
function drawLine(line: string, y: number): string[] {
  let column = 0;
  const drawn: string[] = [];
  for (const span of ansiSpans(line)) {
    const before = textWidth(/^ */.exec(span.text)?.[0] ?? '');
    const text = span.text.trim();
    if (text !== '') drawn.push(drawSpan({ ...span, text }, column + before, y));
    column += textWidth(span.text);
  }
  return drawn;
}

function drawSpan({ text, colour, bold, dim }: Span, column: number, y: number): string {
  const x = round(MARGIN + column * CELL.width);
  if (/^─+$/.test(text)) {
    const length = round(textWidth(text) * CELL.width);
    return `<path d="M${x} ${y - 4.5}h${length}" stroke="${PALETTE.edge}" stroke-width="1.5"/>`;
  }
  const style = [bold && 'b', dim && 'd', colour !== undefined && `c${colour}`].filter(Boolean).join(' ');
  const length = textWidth(text) > 1 ? ` textLength="${round(textWidth(text) * CELL.width)}"` : '';
  const classes = style === '' ? '' : ` class="${style}"`;
  return `<text x="${x}" y="${y}"${length}${classes}>${escape(text)}</text>`;
}

function colourRules(): string {
  return Object.entries(COLOURS)
    .map(([number, colour]) => `.c${number}{fill:${colour}}`)
    .join('');
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
