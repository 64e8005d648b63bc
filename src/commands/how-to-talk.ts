import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { CommandCall } from './command.ts';

/** The most channels that are named. */
const MAX_CHANNELS = 10;

/** How somebody gets an answer from this bot under its present settings; a sentence or two a line. */
export function howToTalk(call: CommandCall): string[] {
  const { definition, botUserId } = call.agent;
  return [
    definition.respondWithoutMention
      ? 'I answer every message, with or without a mention.'
      : `Mention me (<@${botUserId}>) or reply to one of my messages.`,
    ...(definition.respondToEveryone ? ['`@everyone` and `@here` call me too.'] : []),
    definition.respondToDm
      ? 'Or write me a direct message; no mention is needed there.'
      : 'I do not answer direct messages.',
    ...whichServers(definition, call.guildId),
    ...whichChannels(definition, call.guildId),
    ...whichPeople(definition, call.user.id),
    ...howOften(definition),
  ];
}

/** Other servers are not named: who runs this bot need not tell where else it is. */
function whichServers({ guildWhitelist }: AgentDefinition, guildId: string | undefined): string[] {
  if (guildWhitelist.length === 0) return [];
  if (guildId === undefined) return ['On servers I answer only where I was told to.'];
  return guildWhitelist.includes(guildId)
    ? ['I answer on this server, but not on every one.']
    : ['I do not answer on this server.'];
}

function whichChannels({ channelWhitelist }: AgentDefinition, guildId: string | undefined): string[] {
  if (channelWhitelist.length === 0) return [];
  if (guildId === undefined) return ['On servers I answer only in some channels.'];
  const named = channelWhitelist.slice(0, MAX_CHANNELS).map((id) => `<#${id}>`);
  const left = channelWhitelist.length - named.length;
  const more = left > 0 ? ` and ${left.toString()} more` : '';
  return [`On servers I answer only in ${named.join(', ')}${more}, and in their threads.`];
}

function whichPeople(
  { allowedUsers, allowedRoles, blockedUsers }: AgentDefinition,
  userId: string,
): string[] {
  if (blockedUsers.includes(userId)) return ['I was told not to answer you.'];
  if (allowedUsers.includes(userId)) return ['I answer only some people; you are one of them.'];
  if (allowedRoles.length > 0) return ['I answer only some people, such as those with certain roles.'];
  return allowedUsers.length > 0 ? ['I answer only some people, and you are not one of them.'] : [];
}

function howOften({ rateLimit }: AgentDefinition): string[] {
  if (rateLimit === 0) return [];
  return [
    `I answer at most ${rateLimit === 1 ? '1 message' : `${rateLimit.toString()} messages`} a minute from each person.`,
  ];
}
