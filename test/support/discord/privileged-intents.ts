import { ApplicationFlags, GatewayIntentBits } from 'discord-api-types/v10';

/** A privileged intent's switch in the portal: `limited` is "on" for an application that is not verified. */
export type IntentSwitch = 'on' | 'limited' | 'off';

/** The state of every switch of an application. */
export type IntentSwitches = Record<keyof typeof PRIVILEGED, IntentSwitch>;

const PRIVILEGED = {
  messageContent: {
    intent: GatewayIntentBits.MessageContent,
    on: ApplicationFlags.GatewayMessageContent,
    limited: ApplicationFlags.GatewayMessageContentLimited,
  },
  guildMembers: {
    intent: GatewayIntentBits.GuildMembers,
    on: ApplicationFlags.GatewayGuildMembers,
    limited: ApplicationFlags.GatewayGuildMembersLimited,
  },
  presences: {
    intent: GatewayIntentBits.GuildPresences,
    on: ApplicationFlags.GatewayPresence,
    limited: ApplicationFlags.GatewayPresenceLimited,
  },
} as const;

const NAMES = Object.keys(PRIVILEGED) as (keyof typeof PRIVILEGED)[];

/** What `application.flags` says of the switches. */
export function flagsOf(switches: IntentSwitches): number {
  let flags = 0;
  for (const name of NAMES) {
    const state = switches[name];
    if (state !== 'off') flags |= PRIVILEGED[name][state];
  }
  return flags;
}

/** The intents that close the gateway with 4014 when they are asked for. */
export function disallowedBy(switches: IntentSwitches): number {
  let bits = 0;
  for (const name of NAMES) if (switches[name] === 'off') bits |= PRIVILEGED[name].intent;
  return bits;
}
