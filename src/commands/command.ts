import type { AgentDefinition } from '../agents/agent-definition.ts';

/** An option of a command that is one of a few words. */
export interface CommandOption {
  readonly name: string;
  readonly description: string;
  readonly choices: readonly { readonly name: string; readonly value: string }[];
}

/** What Discord is told of a slash command. Names are lower case; descriptions have at most 100 characters. */
export interface CommandDefinition {
  readonly name: string;
  readonly description: string;
  /** Commands below this one (`/memory show`); a command that has some is not used by itself. */
  readonly subcommands?: readonly Pick<CommandDefinition, 'name' | 'description' | 'options'>[];
  readonly options?: readonly CommandOption[];
}

/** One use of a slash command. */
export interface CommandCall {
  /** The subcommand's name; undefined where the command has none. */
  readonly subcommand: string | undefined;
  /** The options that were given, by name. */
  readonly options: Readonly<Record<string, string>>;
  /** Who used it. */
  readonly user: { readonly id: string; readonly name: string };
  /** Undefined in a direct message. */
  readonly guildId: string | undefined;
  /** The bot that it was used with, under its present settings. */
  readonly agent: {
    readonly id: string;
    readonly definition: AgentDefinition;
    readonly botUserId: string;
    /** Whether it answers nobody at present; commands it does all the same. Default: no. */
    readonly isPaused?: boolean;
  };
}

/** What a user is answered; nobody else sees it. */
export interface CommandReply {
  /** At most 2,000 characters. */
  readonly text: string;
  /** A file that comes with it. */
  readonly file?: { readonly name: string; readonly mediaType: string; readonly content: string };
}

/** A slash command of every bot. */
export interface Command {
  readonly definition: CommandDefinition;
  /** Does it. Discord was told before that the answer takes a moment. */
  run(call: CommandCall): Promise<CommandReply>;
}
