const UNITS = ['KB', 'MB', 'GB', 'TB'] as const;

/** A size for a person to read, in powers of a thousand: `4.2 MB`. */
export function bytesInWords(bytes: number): string {
  let value = bytes;
  let word = 'bytes';
  for (const unit of UNITS) {
    if (value < 1000) break;
    value /= 1000;
    word = unit;
  }
  return `${word === 'bytes' ? value : value.toFixed(1)} ${word}`;
}
