/** Who talks to an agent. */
export interface ChatUser {
  /** A Discord id, or the local user's. */
  readonly id: string;
  readonly name: string;
}

/** The user that a terminal has unless it is told another. No account on Discord has this id. */
export const LOCAL_USER: ChatUser = { id: '1', name: 'local user' };
