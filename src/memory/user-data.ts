/** How many rows of each kind there are of one user. */
export interface UserCounts {
  /** What agents remember: one for each agent and place. */
  readonly memories: number;
  /** Questions and their answers in them. */
  readonly turns: number;
  /** Messages in the journal. */
  readonly exchanges: number;
  /** Calls to language models. */
  readonly calls: number;
  /** Days on which something was counted towards the user's budget. */
  readonly counters: number;
  /** What the input guard found. */
  readonly findings: number;
}

/** The kinds of {@link UserCounts}, in the order in which they are shown. */
export const USER_KINDS = [
  'memories',
  'turns',
  'exchanges',
  'calls',
  'counters',
  'findings',
] as const satisfies readonly (keyof UserCounts)[];

/** What there is of a user with one agent. */
export interface UserShare extends UserCounts {
  readonly agentId: string;
  /** The agent's name; its id where the agent is gone. */
  readonly agentName: string;
}

/** A value as it is exported: ids and large numbers are text, times are ISO 8601. */
export type ExportedValue = string | number | boolean | null | object;

/** A row as it is exported, by column. */
export type ExportedRow = Readonly<Record<string, ExportedValue>>;

/** Everything there is of a user, by table; every row with the agent's id and name. */
export interface UserRows {
  readonly memories: readonly ExportedRow[];
  readonly exchanges: readonly ExportedRow[];
  readonly calls: readonly ExportedRow[];
  readonly counters: readonly ExportedRow[];
  readonly findings: readonly ExportedRow[];
}

/** Everything that is kept of users. */
export interface UserData {
  /** How much there is, by agent, in the order of their names; nothing of agents that have nothing. */
  shares(userId: string): Promise<UserShare[]>;
  /** Everything there is, oldest first. */
  export(userId: string): Promise<UserRows>;
}
