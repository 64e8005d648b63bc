/** Somebody pressed Ctrl-C or Ctrl-D: the manager is left. */
export class Left extends Error {
  override readonly name = 'Left';
}

/** Somebody pressed Esc: back to where they came from. */
export class Back extends Error {
  override readonly name = 'Back';
}
