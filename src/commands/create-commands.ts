import type { Command } from './command.ts';
import { helpCommand } from './help-command.ts';
import { memoryCommand, type MemoryCommandDeps } from './memory-command.ts';
import { resetCommand } from './reset-command.ts';

/** The slash commands of every bot: `/help`, `/reset` and `/memory`. */
export function createCommands(deps: MemoryCommandDeps): readonly Command[] {
  const others = [resetCommand(deps), memoryCommand(deps)];
  return [helpCommand(deps, others), ...others];
}
