import type { API } from '@discordjs/core';
import { ApplicationCommandType } from 'discord-api-types/v10';
import type { CommandDefinition } from '../commands/command.ts';
import { commandBody, isSameCommand } from './command-body.ts';
import { retryTransient } from './rest-failure.ts';

/**
 * Has Discord offer these commands of an application: those that are missing or differ are sent, others are left as
 * they are, whosever they are.
 *
 * @returns the names of those that were sent
 * @throws what the REST side throws
 */
export async function registerCommands(
  api: API,
  applicationId: string,
  definitions: readonly CommandDefinition[],
): Promise<string[]> {
  const recorded = await retryTransient(() => api.applicationCommands.getGlobalCommands(applicationId));
  const slash = new Map(
    recorded
      .filter(({ type }) => type === ApplicationCommandType.ChatInput)
      .map((command) => [command.name, command]),
  );
  const outdated = definitions.map(commandBody).filter((wanted) => {
    const before = slash.get(wanted.name);
    return before === undefined || !isSameCommand(before, wanted);
  });
  for (const wanted of outdated) {
    // Takes the place of one of the same name.
    await retryTransient(() => api.applicationCommands.createGlobalCommand(applicationId, wanted));
  }
  return outdated.map(({ name }) => name);
}
