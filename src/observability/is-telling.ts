/** Whether masking a value takes nothing else out of a text: settings for keys hold words too, such as `not-needed`. */
export function isTelling(secret: string): boolean {
  return secret.length >= 16 || /\d/.test(secret);
}
