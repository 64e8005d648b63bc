import { onTestFinished } from 'vitest';
import type { HostOptions } from '../../src/host/host-options.ts';
import type { Bot } from './discord/bot.ts';
import type { Channel } from './discord/channel.ts';
import type { Guild } from './discord/guild.ts';
import type { Message } from './discord/message.ts';
import type { User } from './discord/user.ts';
import { type StandInLlm, startStandInLlm } from './llm/stand-in-llm.ts';
import { type AgentInput, setStage, type Stage } from './run-host.ts';

/** The host's key for every provider of the stage. */
export const HOST_KEY = 'sk-host-0123456789abcdefghijklmnop';

/** A host with one LLM agent on a stand-in Discord and a stand-in LLM. */
export interface LlmStage extends Stage {
  readonly llm: StandInLlm;
  readonly guild: Guild;
  readonly general: Channel;
  readonly ada: User;
  readonly bot: Bot;
  /** Ada says this to the bot in `general`. */
  ask(text: string): Message;
  /** The bot's answer to a message, once it is delivered or has failed. */
  ended(question: Message): Promise<Message>;
  /** Ada says this to the bot; resolves with its answer's text, once that is all there. */
  answer(text: string): Promise<string>;
}

/** What a test cares about of an LLM agent; the rest has its default. */
export interface LlmStageOptions {
  readonly config?: Record<string, unknown>;
  readonly agent?: Partial<AgentInput>;
  readonly env?: Record<string, string>;
  readonly host?: Partial<HostOptions>;
}

/** The variables that have a host use a stand-in LLM. */
export function llmEnvironment(llm: StandInLlm): Record<string, string> {
  return {
    OPENAI_API_KEY: HOST_KEY,
    OPENAI_BASE_URL: llm.openaiUrl,
    ANTHROPIC_API_KEY: HOST_KEY,
    ANTHROPIC_BASE_URL: llm.anthropicUrl,
  };
}

/** Sets the stage and waits until the bot is ready; the check of its model is not among the requests. */
export async function setLlmStage(options: LlmStageOptions = {}): Promise<LlmStage> {
  const stage = await preparedLlmStage(options);
  await stage.start(options.host);
  await stage.untilAgent('Helper', 'ready');
  return stage;
}

/** The same, with nothing started yet. */
export async function preparedLlmStage({
  config = {},
  agent = {},
  env = {},
}: LlmStageOptions = {}): Promise<LlmStage> {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const stage = await setStage({}, { ...llmEnvironment(llm), ...env });
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada', displayName: 'Ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  const model = { provider: 'openai', model: 'gpt-4o', ...config };
  await stage.addAgent({ name: 'Helper', type: 'llm', token: bot.token, config: model, ...agent });
  const ask = (text: string): Message => ada.say(general, `${bot.mention} ${text}`);
  const ended = async (question: Message): Promise<Message> => {
    const reply = await bot.reply(question, 30_000);
    await stage.exchangeOf(question);
    return reply;
  };
  return {
    ...stage,
    llm,
    guild,
    general,
    ada,
    bot,
    ask,
    ended,
    answer: async (text) => (await ended(ask(text))).content,
  };
}
