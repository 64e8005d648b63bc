/**
 * An address in which every `%` begins an escape that can be read: where one does not, all of them stand for themselves. So
 * an address that is none meets the guard and the routes like any other, and is found nowhere.
 */
export function literalUrl(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  try {
    decodeURI(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length);
  }
}
