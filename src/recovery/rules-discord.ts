import { BACK_OFFS } from './back-offs.ts';
import type { Rule } from './policy.ts';

type Rules = Readonly<Record<string, Rule>>;

/** After so long without another one, failures of single messages are history; in milliseconds. */
const QUIET = 900_000;

const RETRY = { severity: 'transient', action: 'retry', backOff: BACK_OFFS.gateway } as const;
const PARK = { severity: 'persistent', action: 'park' } as const;

/** What is done about a bot that has no connection. */
const GATEWAY_RULES = {
  closed: { ...RETRY, because: 'Discord restarts its machines; resuming is free' },
  'reconnect-asked': { ...RETRY, because: 'Discord asks for it now and then' },
  'session-lost': { ...RETRY, because: 'a new session is opened, within the budget of identifies' },
  silent: { ...RETRY, because: 'a dead socket tells nothing; another one may' },
  'connection-failed': { ...RETRY, because: 'networks fail' },
  unreachable: { ...RETRY, because: 'Discord is away, or the way to it' },
  'not-recorded': {
    ...RETRY,
    because: 'the session is resumed before the message, and Discord sends it again',
  },
  'identifies-spent': { ...RETRY, because: 'it waits until Discord, or Troupe, grants sessions again' },
  'bad-token': { ...PARK, because: 'each further try counts towards a ban of the whole address (401, 4004)' },
  'bad-shard': { ...PARK, because: 'a defect that no second try mends (4010)' },
  'sharding-required': { ...PARK, because: 'the bot is in more guilds than one connection may serve (4011)' },
  'api-retired': { ...PARK, because: 'only another version of Troupe helps (4012)' },
  'bad-intents': { ...PARK, because: 'a defect that no second try mends (4013)' },
  'intents-off': { ...PARK, because: 'a switch of its application is off (4014)' },
  'intents-needed': { ...PARK, because: 'a switch of its application is off; it is looked at each minute' },
  'bad-settings': { ...PARK, because: 'its settings do not fit, or need something that this host lacks' },
  'model-unusable': { ...PARK, because: 'its model cannot be asked at all; it is looked at each minute' },
  'bad-secret': { ...PARK, because: 'no key of this host opens its token' },
  defect: { ...PARK, because: 'a defect: this bot alone stops until a setting changes' },
} as const satisfies Rules;

const LOST = { severity: 'persistent', action: 'degrade', quiet: QUIET } as const;

/** What is done about a message that cannot be posted or edited. */
const DELIVERY_RULES = {
  'discord-unreachable': {
    severity: 'transient',
    action: 'retry',
    backOff: BACK_OFFS.delivery,
    quiet: QUIET,
    because: 'under its nonce a message is not posted twice; every 15 s within RECOVERY_WINDOW',
  },
  'bad-token': { ...PARK, quiet: QUIET, because: 'the answer waits for the new token' },
  'channel-gone': { ...LOST, because: 'there is nowhere left to say it' },
  'message-gone': { ...LOST, because: 'somebody deleted the answer: that is respected' },
  'missing-permissions': { ...LOST, because: 'the bot may not write there; the journal says so' },
  'dm-closed': { ...LOST, because: 'the user takes no direct messages from it' },
  'refused-by-discord': { ...LOST, because: 'the user gets a notice in its place' },
  'edit-refused': { ...LOST, because: 'the answer is posted whole at its end, in messages of its own' },
  'delivery-unknown': { ...LOST, because: 'rather a word of doubt than two answers' },
} as const satisfies Rules;

/** What is done about failures on the side of Discord. */
export const DISCORD_RULES = { gateway: GATEWAY_RULES, delivery: DELIVERY_RULES } as const;

/** Why a bot has no connection. */
export type GatewayReason = keyof typeof GATEWAY_RULES;

/** Why a message could not be posted or edited. */
export type DeliveryReason = keyof typeof DELIVERY_RULES;
