import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { Pause } from '../../src/agents/pause.ts';
import { decide } from '../../src/messages/decide.ts';
import type { IncomingMessage } from '../../src/messages/incoming-message.ts';
import { incomingMessage } from '../support/incoming-message.ts';

const BOT = '500000000000000001';
const GUILD = '200000000000000001';
const CHANNEL = '300000000000000001';
const ELSEWHERE = '300000000000000009';

const person = { id: '100000000000000001', name: 'ada', isBot: false, roleIds: [] };
const itself = { id: BOT, name: 'helper', isBot: true, roleIds: [] };
const otherBot = { id: '500000000000000002', name: 'other', isBot: true, roleIds: [] };

type Message = Partial<IncomingMessage>;
type Settings = Partial<AgentDefinition>;
interface Row {
  what: string;
  message: Message;
  settings?: Settings;
  decision: string;
}

const settingsOf = (settings: Settings = {}): AgentDefinition =>
  agentDefinitionSchema.parse({ name: 'Helper', ...settings });

const quiet = { mentionsBot: false, mentionsEveryone: false, repliesToBot: false } as const;
const dm = { ...quiet, guildId: undefined } as const;

const authors: Row[] = [
  { what: 'its own message', message: { author: itself }, decision: 'pass own-message' },
  { what: 'its own direct message', message: { ...dm, author: itself }, decision: 'pass own-message' },
  { what: "another bot's mention", message: { author: otherBot }, decision: 'pass other-bot' },
  {
    what: "another bot's reply",
    message: { ...quiet, repliesToBot: true, author: otherBot },
    decision: 'pass other-bot',
  },
  { what: "another bot's direct message", message: { ...dm, author: otherBot }, decision: 'pass other-bot' },
  { what: "a webhook's mention", message: { isWebhook: true }, decision: 'pass webhook' },
  {
    what: 'a webhook that looks like a bot',
    message: { isWebhook: true, author: otherBot },
    decision: 'pass webhook',
  },
  { what: "Discord's own notice", message: { isText: false }, decision: 'pass system-message' },
  {
    what: "Discord's own notice in a direct message",
    message: { ...dm, isText: false },
    decision: 'pass system-message',
  },
  {
    what: "another bot's message, though every message is answered",
    message: { ...quiet, author: otherBot },
    settings: { respondWithoutMention: true },
    decision: 'pass other-bot',
  },
  {
    what: 'its own message, though every message is answered',
    message: { ...quiet, author: itself },
    settings: { respondWithoutMention: true },
    decision: 'pass own-message',
  },
];

const directMessages: Row[] = [
  { what: 'a direct message', message: dm, decision: 'answer direct-message' },
  {
    what: 'a direct message that mentions it',
    message: { ...dm, mentionsBot: true },
    decision: 'answer direct-message',
  },
  { what: 'an empty direct message', message: { ...dm, text: '' }, decision: 'answer direct-message' },
  {
    what: 'a direct message, switched off',
    message: dm,
    settings: { respondToDm: false },
    decision: 'refuse dm-disabled',
  },
  {
    what: 'a reply in a direct message, switched off',
    message: { ...dm, repliesToBot: true },
    settings: { respondToDm: false, respondWithoutMention: true },
    decision: 'refuse dm-disabled',
  },
  {
    what: 'a direct message, whatever the whitelists say',
    message: dm,
    settings: { guildWhitelist: ['1'], channelWhitelist: ['2'] },
    decision: 'answer direct-message',
  },
];

const calls: Row[] = [
  { what: 'a mention', message: { ...quiet, mentionsBot: true }, decision: 'answer mention' },
  {
    what: 'a mention without a word',
    message: { ...quiet, mentionsBot: true, text: '' },
    decision: 'answer mention',
  },
  { what: 'a reply', message: { ...quiet, repliesToBot: true }, decision: 'answer reply' },
  {
    what: 'a reply that mentions',
    message: { ...quiet, repliesToBot: true, mentionsBot: true },
    decision: 'answer mention',
  },
  { what: 'a message to nobody', message: quiet, decision: 'pass not-addressed' },
  {
    what: '@everyone, switched off',
    message: { ...quiet, mentionsEveryone: true },
    decision: 'refuse everyone-disabled',
  },
  {
    what: '@everyone, switched on',
    message: { ...quiet, mentionsEveryone: true },
    settings: { respondToEveryone: true },
    decision: 'answer everyone',
  },
  {
    what: 'a mention beside @everyone',
    message: { ...quiet, mentionsBot: true, mentionsEveryone: true },
    decision: 'answer mention',
  },
  {
    what: 'a reply beside @everyone',
    message: { ...quiet, repliesToBot: true, mentionsEveryone: true },
    decision: 'answer reply',
  },
  {
    what: 'a message to nobody, every message is answered',
    message: quiet,
    settings: { respondWithoutMention: true },
    decision: 'answer every-message',
  },
  {
    what: '@everyone, switched off, every message is answered',
    message: { ...quiet, mentionsEveryone: true },
    settings: { respondWithoutMention: true },
    decision: 'answer every-message',
  },
];

const places: Row[] = [
  {
    what: 'a mention in a listed guild',
    message: {},
    settings: { guildWhitelist: ['1', GUILD] },
    decision: 'answer mention',
  },
  {
    what: 'a mention in another guild',
    message: {},
    settings: { guildWhitelist: ['1'] },
    decision: 'refuse guild-not-allowed',
  },
  {
    what: 'a mention in a listed channel',
    message: {},
    settings: { channelWhitelist: ['1', CHANNEL] },
    decision: 'answer mention',
  },
  {
    what: 'a mention in another channel',
    message: {},
    settings: { channelWhitelist: ['1'] },
    decision: 'refuse channel-not-allowed',
  },
  {
    what: 'a mention in a thread of a listed channel',
    message: { channelId: ELSEWHERE, parentChannelId: CHANNEL },
    settings: { channelWhitelist: [CHANNEL] },
    decision: 'answer mention',
  },
  {
    what: 'a mention in a thread that is listed itself',
    message: { channelId: ELSEWHERE, parentChannelId: CHANNEL },
    settings: { channelWhitelist: [ELSEWHERE] },
    decision: 'answer mention',
  },
  {
    what: 'a mention in a thread of another channel',
    message: { channelId: ELSEWHERE, parentChannelId: CHANNEL },
    settings: { channelWhitelist: ['1'] },
    decision: 'refuse channel-not-allowed',
  },
  {
    what: 'a mention in a listed channel of a guild that is not',
    message: {},
    settings: { guildWhitelist: ['1'], channelWhitelist: [CHANNEL] },
    decision: 'refuse guild-not-allowed',
  },
  {
    what: 'a reply in another guild',
    message: { ...quiet, repliesToBot: true },
    settings: { guildWhitelist: ['1'] },
    decision: 'refuse guild-not-allowed',
  },
  {
    what: '@everyone in another channel',
    message: { ...quiet, mentionsEveryone: true },
    settings: { respondToEveryone: true, channelWhitelist: ['1'] },
    decision: 'refuse channel-not-allowed',
  },
  {
    what: 'a message to nobody in another guild, every message is answered',
    message: quiet,
    settings: { respondWithoutMention: true, guildWhitelist: ['1'] },
    decision: 'pass not-addressed',
  },
  {
    what: 'a message to nobody in another channel, every message is answered',
    message: quiet,
    settings: { respondWithoutMention: true, channelWhitelist: ['1'] },
    decision: 'pass not-addressed',
  },
  {
    what: 'a mention in another channel, every message is answered',
    message: {},
    settings: { respondWithoutMention: true, channelWhitelist: ['1'] },
    decision: 'refuse channel-not-allowed',
  },
];

const people: Row[] = [
  ...[
    { where: 'a mention', message: {}, reason: 'mention' },
    { where: 'a direct message', message: dm, reason: 'direct-message' },
  ].flatMap(({ where, message, reason }) => [
    {
      what: `${where} of a blocked user`,
      message,
      settings: { blockedUsers: ['1', person.id], allowedUsers: [person.id] },
      decision: 'refuse user-blocked',
    },
    {
      what: `${where} of an allowed user`,
      message,
      settings: { allowedUsers: [person.id], allowedRoles: ['1'] },
      decision: `answer ${reason}`,
    },
    {
      what: `${where} of a user with an allowed role`,
      message: { ...message, author: { ...person, roleIds: ['6', '7'] } },
      settings: { allowedUsers: ['1'], allowedRoles: ['7'] },
      decision: `answer ${reason}`,
    },
    {
      what: `${where} of anybody else, roles are listed`,
      message: { ...message, author: { ...person, roleIds: ['6'] } },
      settings: { allowedRoles: ['7'] },
      decision: 'refuse user-not-allowed',
    },
    {
      what: `${where} of anybody else, users are listed`,
      message,
      settings: { allowedUsers: ['1'] },
      decision: 'refuse user-not-allowed',
    },
  ]),
  {
    what: 'a message of a blocked user to nobody, every message is answered',
    message: quiet,
    settings: { respondWithoutMention: true, blockedUsers: [person.id] },
    decision: 'pass not-addressed',
  },
  {
    what: 'a message to nobody of a user who is not allowed, every message is answered',
    message: quiet,
    settings: { respondWithoutMention: true, allowedUsers: ['1'] },
    decision: 'pass not-addressed',
  },
  {
    what: 'a direct message of a blocked user, switched off',
    message: dm,
    settings: { respondToDm: false, blockedUsers: [person.id] },
    decision: 'refuse dm-disabled',
  },
];

describe.each([
  { table: 'who wrote it', rows: authors },
  { table: 'direct messages', rows: directMessages },
  { table: 'how it was called', rows: calls },
  { table: 'where it was called', rows: places },
  { table: 'who may', rows: people },
])('decide: $table', ({ rows }) => {
  it.each(rows)('$what: $decision', ({ message, settings, decision }) => {
    const { kind, reason } = decide(
      incomingMessage({ author: person, ...message }),
      settingsOf(settings),
      BOT,
    );
    expect(`${kind} ${reason}`).toBe(decision);
  });
});

describe('decide, for a bot that was paused', () => {
  const since = new Date('2026-11-20T10:00:00Z');
  const until = new Date('2026-11-20T11:00:00Z');
  const idAt = (time: string): string => String(BigInt(Date.parse(time) - 1_420_070_400_000) << 22n);
  const decisionOf = (message: Message, pause: Pause, settings?: Settings): string => {
    const { kind, reason } = decide(
      incomingMessage({ author: person, ...message }),
      settingsOf(settings),
      BOT,
      pause,
    );
    return `${kind} ${reason}`;
  };

  it('refuses what addresses it while that lasts, and passes what does not', () => {
    const pause = { since, until: undefined };
    expect(decisionOf({}, pause)).toBe('refuse paused');
    expect(decisionOf(dm, pause)).toBe('refuse paused');
    expect(decisionOf(quiet, pause)).toBe('pass not-addressed');
    expect(decisionOf(quiet, pause, { respondWithoutMention: true })).toBe('pass not-addressed');
    expect(decisionOf({}, pause, { blockedUsers: [person.id] })).toBe('refuse user-blocked');
  });

  it('does not answer afterwards what was written meanwhile', () => {
    const pause = { since, until };
    expect(decisionOf({ id: idAt('2026-11-20T09:59:59Z') }, pause)).toBe('answer mention');
    expect(decisionOf({ id: idAt('2026-11-20T10:00:00Z') }, pause)).toBe('refuse paused');
    expect(decisionOf({ id: idAt('2026-11-20T10:59:59Z') }, pause)).toBe('refuse paused');
    expect(decisionOf({ id: idAt('2026-11-20T11:00:00Z') }, pause)).toBe('answer mention');
  });
});

describe('decide, whatever comes', () => {
  const list = fc.constantFrom<string[]>([], ['1'], [GUILD, CHANNEL]);
  const anySettings = fc
    .record({
      respondToDm: fc.boolean(),
      respondToEveryone: fc.boolean(),
      respondWithoutMention: fc.boolean(),
      guildWhitelist: list,
      channelWhitelist: list,
    })
    .map(settingsOf);
  const anyMessage = fc
    .record({
      author: fc.constantFrom(person, itself, otherBot),
      guildId: fc.constantFrom(undefined, GUILD, '1', '4'),
      channelId: fc.constantFrom(CHANNEL, ELSEWHERE),
      parentChannelId: fc.constantFrom(undefined, CHANNEL, ELSEWHERE),
      isWebhook: fc.boolean(),
      isText: fc.boolean(),
      mentionsBot: fc.boolean(),
      mentionsEveryone: fc.boolean(),
      repliesToBot: fc.boolean(),
    })
    .map(incomingMessage);

  it('never answers anybody but a person, and records nothing of the others', () => {
    fc.assert(
      fc.property(anyMessage, anySettings, (message, settings) => {
        const written = !message.author.isBot && !message.isWebhook && message.isText;
        if (!written) expect(decide(message, settings, BOT).kind).toBe('pass');
      }),
    );
  });

  it('never passes in silence over a person who mentions it, replies to it or writes to it alone', () => {
    fc.assert(
      fc.property(anyMessage, anySettings, (message, settings) => {
        const addressed = message.guildId === undefined || message.mentionsBot || message.repliesToBot;
        const written = !message.author.isBot && !message.isWebhook && message.isText;
        if (written && addressed) expect(decide(message, settings, BOT).kind).not.toBe('pass');
      }),
    );
  });

  it('never answers in a guild or a channel that is not on a whitelist', () => {
    fc.assert(
      fc.property(anyMessage, anySettings, (message, settings) => {
        if (message.guildId === undefined) return;
        const here = [message.channelId, message.parentChannelId];
        const guildFits =
          settings.guildWhitelist.length === 0 || settings.guildWhitelist.includes(message.guildId);
        const channelFits =
          settings.channelWhitelist.length === 0 ||
          here.some((id) => id !== undefined && settings.channelWhitelist.includes(id));
        if (!guildFits || !channelFits) expect(decide(message, settings, BOT).kind).not.toBe('answer');
      }),
    );
  });
});
