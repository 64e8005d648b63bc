/** The channel on which PostgreSQL tells of commands to bots. */
export const COMMAND_CHANNEL = 'troupe_bot_commands';

/** Hears of commands to bots as soon as they are kept. */
export interface CommandListener {
  /** Whether it hears of every one at present. */
  readonly isListening: boolean;
  /** Resolves once its connection is closed. */
  stop(): Promise<void>;
}
