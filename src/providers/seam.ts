/**
 * Joins an answer to the beginning that it goes on from, where the provider takes no beginning that ends with white
 * space: what was cut off there, and comes again, is left out.
 *
 * @param cutOff - the white space at the end of the beginning
 * @returns what each piece of the answer becomes
 */
export function createSeam(cutOff: string): (piece: string) => string {
  let white = '';
  let joined = cutOff === '';
  return (piece) => {
    if (joined) return piece;
    const rest = piece.trimStart();
    white += piece.slice(0, piece.length - rest.length);
    if (rest === '') return '';
    joined = true;
    return (white.startsWith(cutOff) ? white.slice(cutOff.length) : '') + rest;
  };
}
