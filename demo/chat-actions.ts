import type { Channel } from '../test/support/discord/channel.ts';
import type { Message } from '../test/support/discord/message.ts';
import { CAST, type RoleName } from './cast.ts';
import type { ChatFeed } from './chat-feed.ts';
import { CHANNEL_NAMES, channelNamed } from './house.ts';
import { mentionedRoles, mentionsEveryone, writeMentions } from './mentions.ts';
import type { Action } from './parse-line.ts';
import { botOf, type Stage } from './stage.ts';
import { useCommand } from './use-command.ts';

/** What is done on the stage; the other actions concern the terminal. */
type StageAction = Exclude<Action, { kind: 'nothing' | 'agents' | 'help' | 'quit' }>;

/** Does on a stage what the user types. */
export class ChatActions {
  readonly #stage: Stage;
  readonly #feed: ChatFeed;
  #place: Channel;
  #hinted = false;

  constructor(stage: Stage, feed: ChatFeed, place: Channel) {
    this.#stage = stage;
    this.#feed = feed;
    this.#place = place;
  }

  /** Does it; resolves once the next action may follow. */
  async do(action: StageAction): Promise<void> {
    switch (action.kind) {
      case 'mistake':
        this.#feed.note(action.hint);
        return;
      case 'say':
        this.#say(this.#place, action.text);
        return;
      case 'dm':
        this.#dm(action.name, action.text);
        return;
      case 'reply':
        this.#reply(action.number, action.text);
        return;
      case 'channel':
        this.#goTo(action.name);
        return;
      case 'drop':
        this.#drop(action.name);
        return;
      case 'disable':
        await this.#stage.desk.setEnabled(action.name, false);
        return;
      case 'enable':
        // Another connection, which costs an identify that Discord is told to expect.
        botOf(this.#stage, action.name).allowIdentifies(botOf(this.#stage, action.name).identifies + 1);
        await this.#stage.desk.setEnabled(action.name, true);
        return;
      case 'slash':
        await this.#use(action.name, action.command);
        return;
      case 'configure':
        await this.#configure(action);
        return;
    }
  }

  #say(place: Channel, text: string, replyTo?: Message): void {
    const { bots, desk, user } = this.#stage;
    user.say(place, writeMentions(text, bots), replyTo && { replyTo });
    const mentioned = mentionedRoles(text);
    const asked = place.recipients ?? replyTo?.author;
    if (asked === undefined && mentioned.length === 0 && !mentionsEveryone(text) && !this.#hinted) {
      this.#hinted = true;
      this.#feed.note('Bots answer when they are mentioned: @Prompter, or /reply.');
    }
    const addressed = CAST.filter(
      ({ name }) =>
        mentioned.includes(name) ||
        place.recipients?.bot.username === name ||
        replyTo?.author.username === name,
    );
    for (const { name } of addressed) {
      const { state } = desk.status(name);
      if (state === 'stopped') this.#feed.note(`${name} is disabled: /enable ${name}`);
      if (state === 'parked') this.#feed.note(`${name} is parked and hears nothing; /agents says why.`);
    }
  }

  #dm(name: RoleName, text: string): void {
    const channel = this.#stage.discord.dm(botOf(this.#stage, name), this.#stage.user);
    if (text === '') this.#move(channel);
    else this.#say(channel, text);
  }

  /** In the place where one is, unless that is a direct message with somebody else. */
  async #use(name: RoleName, command: string): Promise<void> {
    const { discord, desk, user } = this.#stage;
    const bot = botOf(this.#stage, name);
    const { state } = desk.status(name);
    if (state !== 'ready') {
      this.#feed.note(`${name} is ${state} and does not respond.`);
      return;
    }
    const isElsewhere = ![undefined, bot].includes(this.#place.recipients?.bot);
    await useCommand(this.#stage, name, isElsewhere ? discord.dm(bot, user) : this.#place, command);
  }

  async #configure({ name, setting, text }: StageAction & { kind: 'configure' }): Promise<void> {
    await this.#stage.desk.configure(name, setting, text);
    const does = setting === 'prefix' ? `begins with “${text}”` : `is told: “${text}”`;
    this.#feed.event(`From now on ${name} ${does}; its connection stays`);
  }

  #reply(number: number | undefined, text: string): void {
    const message = this.#feed.botMessage(number);
    if (message !== undefined) this.#say(message.channel, text, message);
    else if (number === undefined) this.#feed.note('No bot has said anything here yet.');
    else this.#feed.note(`There is no message ‹${number}›.`);
  }

  #goTo(name: string): void {
    const channel = channelNamed(this.#stage.house, name);
    if (channel !== undefined) this.#move(channel);
    else this.#feed.note(`There is no channel ${name}. There are ${CHANNEL_NAMES.join(', ')}.`);
  }

  #move(place: Channel): void {
    this.#place = place;
    this.#feed.moveTo(place);
  }

  /** The resume is told of when it comes; nothing waits for it meanwhile. */
  #drop(name: RoleName): void {
    const bot = botOf(this.#stage, name);
    if (bot.connected === 0) {
      this.#feed.note(`${name} is not connected.`);
      return;
    }
    const { resumes, identifies } = bot;
    this.#feed.event(`${name}'s socket is cut`);
    bot.disconnect('abrupt');
    this.#resumed(name, () => bot.resumes > resumes && bot.identifies === identifies).catch(() => {
      this.#feed.event(`${name} did not resume its session`, 'red');
    });
  }

  async #resumed(name: RoleName, hasResumed: () => boolean): Promise<void> {
    await this.#stage.discord.until(hasResumed, `${name} to resume`);
    await this.#stage.desk.untilState(name, 'ready');
    this.#feed.event(`${name} resumed its session: nothing missed, no new identify spent`);
  }
}
