import { stripVTControlCharacters } from 'node:util';

/**
 * A line as lines that fit, broken at spaces. A word that is longer than a line, such as an address, keeps one to itself.
 *
 * @param columns - of the terminal; colours take none
 */
export function wrapWords(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = '';
  const [, indent = '', rest = ''] = /^( *)(.*)$/s.exec(line) ?? [];
  for (const word of rest.split(' ')) {
    const longer = current === '' ? (lines.length === 0 ? indent : '') + word : `${current} ${word}`;
    if (current !== '' && stripVTControlCharacters(longer).length > columns) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return [...lines, current];
}
