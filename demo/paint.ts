import { styleText } from 'node:util';

/** A style by the name that Node gives it, or several at once. */
export type Style = Parameters<typeof styleText>[0];

/** Gives a text a style, or leaves it plain where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Makes a {@link Paint}. The sixteen colours of the terminal's own theme are used, so that any background suits. */
export function createPaint(colours: boolean): Paint {
  return (style, text) => (colours && text !== '' ? styleText(style, text, { validateStream: false }) : text);
}

/** What is asked of an output. */
interface Output {
  readonly isTTY?: boolean;
  getColorDepth?(env?: object): number;
}

/** Whether an output is to be coloured: `NO_COLOR` forbids it, `FORCE_COLOR` demands it, else the terminal decides. */
export function wantsColours(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return output.isTTY === true && (output.getColorDepth?.(env) ?? 1) > 1;
}
