import type { Statements } from './statements.ts';

/** How much an agent remembers. */
export interface MemoryCount {
  /** Users of whom something is remembered. */
  readonly users: number;
  /** Questions with their answers, of all users together. */
  readonly turns: number;
}

const COUNT = `SELECT COUNT(DISTINCT memories.user_id) AS users, COUNT(*) AS turns
  FROM memories JOIN memory_turns ON memory_turns.memory_id = memories.id WHERE memories.agent_id = ?`;

/** Counts what would be gone with an agent. */
export async function countMemories(
  statements: Pick<Statements, 'rows'>,
  agentId: string,
): Promise<MemoryCount> {
  const [row] = await statements.rows(COUNT, [agentId]);
  return { users: Number(row?.['users'] ?? 0), turns: Number(row?.['turns'] ?? 0) };
}
