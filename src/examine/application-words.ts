import type { AgentDefinition } from '../agents/agent-definition.ts';
import { requiresMessageContent } from '../agents/agent-types.ts';
import { printable } from '../agents/show-value.ts';
import type { ApplicationReport } from '../discord/inspect-application.ts';

/** Whether the settings need what the application's switch does not grant. */
export function lacksContent(definition: AgentDefinition, { messageContent }: ApplicationReport): boolean {
  return requiresMessageContent(definition) && !messageContent;
}

/** What a report says of a bot, in a line. */
export function whoIs({ identity, guilds, messageContent }: ApplicationReport): string {
  const shown = guilds.slice(0, 5).map(({ name }) => printable(name));
  const more = guilds.length > shown.length ? ` and ${guilds.length - shown.length} more` : '';
  const where = guilds.length === 0 ? 'in no server yet' : `in ${shown.join(', ')}${more}`;
  const intent = messageContent ? 'on' : 'off (only needed to read messages that do not mention it)';
  return `${printable(identity.username)}, application ${identity.applicationId}, ${where}; Message Content Intent: ${intent}`;
}

/** What there is to say when two agents have tokens of one bot. */
export function supersedes(other: string): string {
  return `the agent ${printable(other)} was this very bot: the token that it has works no more`;
}
