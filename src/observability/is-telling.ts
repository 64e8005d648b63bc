/** Whether masking it takes nothing else out of a text: servers without keys are given words such as `not-needed`. */
export function isTelling(secret: string): boolean {
  return secret.length >= 16 || /\d/.test(secret);
}
