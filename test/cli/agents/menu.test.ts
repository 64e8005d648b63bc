import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEYS, type PseudoTerminal } from '../../support/pseudo-terminal.ts';
import { runInTerminal } from '../../support/run-in-terminal.ts';
import { HOST_KEY, make, type ManagerStage, setManagerStage } from './manager-stage.ts';

const { enter, escape, ctrlC, ctrlD, ctrlU } = KEYS;

/** A question that waits for an answer, and what is typed there. */
type Step = readonly [question: RegExp, ...keys: string[]];

const NAME: Step = [/\? Name:/, 'Parrot', enter];
const ECHO: Step = [/\? Type:/, 'echo', enter];
const LLM: Step = [/\? Type:/, 'llm', enter];
const NO_TOKEN: Step = [/\? Token:/, enter];
const SAVE: Step = [/\? Save it\?/, enter];
const LEAVE: Step = [/\? Agents/, ctrlC];

function open({ env }: ManagerStage, ...args: readonly string[]): PseudoTerminal {
  return runInTerminal('scripts/manage-agents.ts', { env, args, columns: 100, rows: 40 });
}

async function walk(terminal: PseudoTerminal, ...steps: readonly Step[]): Promise<void> {
  for (const [question, ...keys] of steps) {
    await terminal.until(question);
    terminal.type(...keys);
  }
}

describe('making an agent', () => {
  it('makes an echo agent from nothing, and says what is next', async () => {
    const stage = await setManagerStage();
    const guild = stage.discord.addGuild({ name: 'Green Room' });
    const bot = stage.discord.addBot({ username: 'polly', guilds: [guild] });
    const terminal = open(stage);
    await terminal.until(/There are no agents yet/);
    await walk(terminal, NAME, ECHO, [/\? Token:/, bot.token, enter], SAVE, LEAVE);
    expect(await terminal.ended).toBe(0);
    const shown = terminal.text();
    expect(shown).toContain(`polly, application ${bot.applicationId}, in Green Room`);
    expect(shown).toContain(`client_id=${bot.applicationId}`);
    expect(shown).toMatch(/npm start runs it; .* within 10 seconds/);
    expect(shown).not.toContain(bot.token.slice(-10));
    expect(await stage.agent('Parrot')).toMatchObject({ type: 'echo', identity: { userId: bot.id } });
  });

  it('makes an agent with a model, which it has say a word until one answers', async () => {
    const stage = await setManagerStage();
    const terminal = open(stage);
    await walk(
      terminal,
      NAME,
      LLM,
      [/\? Provider:\n❯ openai +\(its key is here\)/, enter],
      [/\? Model: \(gpt-4o\)/, 'gpt-nought', enter],
      [/✗ .*gpt-nought.*[^]*\? And now\?/, 'Choose', enter],
      [/\? Provider:/, enter],
      [/\? Model:/, enter],
      [/✓ gpt-4o answers\.[^]*\? Persona:/, 'Describe', enter],
      [/\? Persona: You are \{agent\},/, 'a parrot.', enter],
      NO_TOKEN,
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('It stays off Discord until it has a token');
    expect(await stage.agent('Parrot')).toMatchObject({
      type: 'llm',
      sealedToken: undefined,
      config: { provider: 'openai', model: 'gpt-4o', system_prompt: 'You are {agent}, a parrot.' },
    });
  });

  it('asks for a key where the host has none, hides it, and stores it encrypted', async () => {
    const stage = await setManagerStage();
    const terminal = open(stage);
    await walk(
      terminal,
      NAME,
      LLM,
      [/\? Provider:/, 'anthropic', enter],
      [/\? Model: \(claude-haiku-4-5\)/, enter],
      [/\? Key:\n❯ Type it here/, enter],
      [/\? Key: *$/, HOST_KEY, enter],
      [/✓ claude-haiku-4-5 answers\.[^]*\? Persona:/, enter],
      NO_TOKEN,
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toMatch(/api_key: stored encrypted/);
    expect(terminal.text()).not.toContain(HOST_KEY.slice(0, 12));
    const agent = await stage.agent('Parrot');
    await stage.within(({ agents }) => {
      expect(agents.openConfig(agent)).toMatchObject({ provider: 'anthropic', api_key: HOST_KEY });
      return Promise.resolve();
    });
    expect(JSON.stringify(agent.config)).not.toContain(HOST_KEY);
  });

  it('refuses a name that is taken, and asks again', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot']);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, 'Make', enter],
      [/\? Name:/, 'PARROT', enter],
      [/already an agent "PARROT"/, ctrlU, 'Polly', enter],
      ECHO,
      NO_TOKEN,
      SAVE,
      [/❯ Parrot[^]*Polly[^]*Quit/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
    expect((await stage.agents()).map(({ name }) => name)).toEqual(['Parrot', 'Polly']);
  });

  it("refuses a token that is no good and another agent's, and asks again", async () => {
    const stage = await setManagerStage();
    const taken = stage.discord.addBot({ username: 'taken' });
    const bot = stage.discord.addBot({ username: 'polly' });
    await stage.run(['create', 'Other', '--token-stdin'], taken.token);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, 'Make', enter],
      NAME,
      ECHO,
      [/\? Token:/, 'no.good.token', enter],
      [/> Discord does not accept the token/, ctrlU, taken.token, enter],
      [/> that is the token of the agent Other/, ctrlU, bot.token, enter],
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agent('Parrot')).toMatchObject({ identity: { userId: bot.id } });
  });

  it('says that Discord cannot be reached, and saves all the same', async () => {
    const stage = await setManagerStage();
    await stage.discord.goDown();
    const terminal = open(stage);
    await walk(
      terminal,
      NAME,
      ECHO,
      [/\? Token:/, 'not.asked.yet', enter],
      [/! Discord cannot be asked about it[^]*\? And now\?\n❯ Save it unchecked/, enter],
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    const agent = await stage.agent('Parrot');
    await stage.within(({ agents }) => {
      expect(agents.openToken(agent)).toBe('not.asked.yet');
      return Promise.resolve();
    });
  });

  it('says that the model cannot be reached, and goes on all the same', async () => {
    const stage = await setManagerStage();
    await stage.llm.goDown();
    const terminal = open(stage);
    await walk(
      terminal,
      NAME,
      LLM,
      [/\? Provider:/, enter],
      [/\? Model:/, enter],
      [/! It cannot be reached[^]*\? And now\?/, 'Go on', enter],
      [/\? Persona:/, enter],
      NO_TOKEN,
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agent('Parrot')).toMatchObject({ type: 'llm' });
  });

  const STEPS: readonly Step[] = [
    NAME,
    LLM,
    [/\? Provider:/, enter],
    [/\? Model:/, enter],
    [/\? Persona:/, enter],
    NO_TOKEN,
    SAVE,
  ];
  it.each(STEPS.map(([question], index) => [String(question), index] as const))(
    'leaves everything as it was at Ctrl-C at %s, and says so',
    async (_, index) => {
      const stage = await setManagerStage();
      const terminal = open(stage);
      await walk(terminal, ...STEPS.slice(0, index), [STEPS[index]?.[0] ?? /never/, ctrlC]);
      expect(await terminal.ended).toBe(0);
      expect(terminal.text()).toMatch(/\nNothing was changed\.$/);
      expect(await stage.agents()).toEqual([]);
    },
  );

  it.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('leaves at %s while Discord is asked about a token', async (_, key) => {
    const stage = await setManagerStage();
    const hold = stage.discord.slowRequests({ ms: Infinity });
    const terminal = open(stage);
    await walk(terminal, NAME, ECHO, [/\? Token:/, 'not.asked.yet', enter]);
    await stage.discord.until(() => hold.hits > 0, 'Discord to be asked');
    terminal.type(key);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toMatch(/\nNothing was changed\.$/);
  });

  it('goes back at Esc while Discord is asked, and is not upset by the answer', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'polly' });
    const hold = stage.discord.slowRequests({ ms: Infinity });
    const terminal = open(stage);
    await walk(terminal, NAME, ECHO, [/\? Token:/, 'not.asked.yet', enter]);
    await stage.discord.until(() => hold.hits > 0, 'Discord to be asked');
    terminal.type(escape);
    await terminal.until(/Nothing was changed\.[^]*\? Agents/);
    hold.lift();
    await walk(
      terminal,
      [/\? Agents/, 'Make', enter],
      NAME,
      ECHO,
      [/\? Token:/, bot.token, enter],
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agent('Parrot')).toMatchObject({ identity: { userId: bot.id } });
  });

  it('has a persona written in an editor', async () => {
    const stage = await setManagerStage();
    const editor = path.join(stage.directory, 'editor');
    await writeFile(editor, '#!/bin/sh\nprintf "You are a bee.\\nYou hum." > "$1"\n', { mode: 0o700 });
    const terminal = open({ ...stage, env: { ...stage.env, EDITOR: editor } });
    await walk(
      terminal,
      NAME,
      LLM,
      [/\? Provider:/, enter],
      [/\? Model:/, enter],
      [/\? Persona:/, 'Write', enter],
      NO_TOKEN,
      SAVE,
      LEAVE,
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agent('Parrot')).toMatchObject({
      config: { system_prompt: 'You are a bee.\nYou hum.' },
    });
  });

  it('leaves while the model is waited for', async () => {
    const stage = await setManagerStage();
    const hold = stage.llm.hangRequests();
    const terminal = open(stage);
    await walk(terminal, NAME, LLM, [/\? Provider:/, enter], [/\? Model:/, enter]);
    await stage.llm.until(() => hold.hits > 0, 'the model to be asked');
    terminal.type(ctrlC);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toMatch(/\nNothing was changed\.$/);
  });

  it('goes back to the menu at Esc', async () => {
    const stage = await setManagerStage();
    const terminal = open(stage);
    await walk(terminal, NAME, [/\? Type:/, escape]);
    await terminal.until(/Nothing was changed\.[^]*\? Agents\n❯ Make a new one/);
    terminal.type('Quit', enter);
    expect(await terminal.ended).toBe(0);
    expect(await stage.agents()).toEqual([]);
  });

  it('goes on when the terminal changes its size in the middle', async () => {
    const stage = await setManagerStage();
    const terminal = open(stage);
    await terminal.until(/\? Name:/);
    terminal.type('Par');
    await terminal.until(/\? Name: Par$/);
    terminal.resize(30, 12);
    terminal.type('rot');
    await terminal.until(/\? Name: Parrot$/);
    terminal.type(enter);
    await walk(terminal, ECHO);
    terminal.resize(120, 50);
    await walk(terminal, NO_TOKEN, SAVE, LEAVE);
    expect(await terminal.ended).toBe(0);
    expect(await stage.agent('Parrot')).toMatchObject({ type: 'echo' });
  });
});

describe('looking after an agent', () => {
  it('shows the state that it has by then each time', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot']);
    const terminal = open(stage);
    await terminal.until(/❯ Parrot +echo +stopped/);
    const { id } = await stage.agent('Parrot');
    await stage.within(({ agents }) =>
      agents.saveStatus(new Map([[id, { state: 'parked', reason: 'it is tired' }]])),
    );
    terminal.type(enter);
    await walk(terminal, [/\? Parrot, echo, parked \(it is tired\)/, 'Back', enter]);
    await terminal.until(/\? Agents\n❯ Parrot +echo +parked/);
    terminal.type(ctrlC);
    expect(await terminal.ended).toBe(0);
  });

  it('edits settings as an agents file has them, and saves them together', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot', '--suffix', '!', '--channel', '1']);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, enter],
      [/\? Parrot/, 'Edit', enter],
      [/\? Which setting\?/, 'config.suffix', enter],
      [/^\? config\.suffix: !/m, ctrlU],
      [/^\? config\.suffix:$/m, enter],
      [/❯ config\.suffix: default/, 'channel', enter],
      [/^\? channel_whitelist: \["1"\]/m, ctrlU, '[2, 123456789012345678]', enter],
      [/❯ channel_whitelist: \["2","123456789012345678"\]/, 'rate_limit', enter],
      [/^\? rate_limit: 0/m, ctrlU, 'often', enter],
      [/> rate_limit must be a number/, ctrlU, '7', enter],
      [/❯ rate_limit: 7/, 'config.prefix', enter],
      [/^\? config\.prefix:/m, 'squawk: ', enter],
      [/❯ config\.prefix: "squawk: "/, 'respond_to_dm', enter],
      [/^\? respond_to_dm\?/m, 'n', enter],
      [/❯ respond_to_dm: false/, 'respond_to_e', enter],
      [/^\? respond_to_everyone\?/m, escape],
      [/\? Which setting\?/, 'Save', enter],
      SAVE,
      [/✓ Saved Parrot[^]*\? Parrot/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agent('Parrot')).toMatchObject({
      rateLimit: 7,
      respondToDm: false,
      channelWhitelist: ['2', '123456789012345678'],
    });
    expect((await stage.agent('Parrot')).config).toEqual({ prefix: 'squawk: ' });
  });

  it('turns an echo agent into one with a model, and gives it a token', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'polly', messageContent: 'off' });
    await make(stage, ['Parrot', '--prefix', 'a']);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, enter],
      [/\? Parrot/, 'Edit', enter],
      [/\? Which setting\?/, 'type', enter],
      [/^\? type:/m, 'llm', enter],
      [/\? Provider:/, enter],
      [/\? Model:/, enter],
      [/answers\.[^]*❯ type: "llm"/, 'token', enter],
      [/\? Token:/, bot.token, enter],
      [/❯ token: stored encrypted/, 'respond_without', enter],
      [/^\? respond_without_mention\?/m, 'y', enter],
      [/❯ respond_without_mention: true/, 'Save', enter],
      SAVE,
      [/Switch on the Message Content Intent[^]*\? Parrot/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
    const agent = await stage.agent('Parrot');
    expect(agent).toMatchObject({ type: 'llm', respondWithoutMention: true, identity: { userId: bot.id } });
    expect(agent.config).toEqual({ provider: 'openai', model: 'gpt-4o' });
  });

  it('looks at the switches anew when an edit begins to need one', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'polly', messageContent: 'off' });
    await stage.run(['create', 'Parrot', '--token-stdin'], bot.token);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, enter],
      [/\? Parrot/, 'Edit', enter],
      [/\? Which setting\?/, 'respond_without', enter],
      [/^\? respond_without_mention\?/m, 'y', enter],
      [/❯ respond_without_mention: true/, 'Save', enter],
      SAVE,
      [/Switch on the Message Content Intent[^]*\? Parrot/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
  });

  it('forgets an edit at Ctrl-C', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot']);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, enter],
      [/\? Parrot/, 'Edit', enter],
      [/\? Which setting\?/, 'rate_limit', enter],
      [/^\? rate_limit: 0/m, ctrlU, '7', enter],
      [/❯ rate_limit: 7/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toMatch(/\nNothing was changed\.$/);
    expect(await stage.agent('Parrot')).toMatchObject({ rateLimit: 0 });
  });

  it('disables, tests, shows and duplicates', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'polly' });
    await stage.run(['create', 'Parrot', '--token-stdin'], bot.token);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, enter],
      [/\? Parrot/, 'Disable', enter],
      [/✓ Parrot is disabled\.[^]*\? Parrot/, 'Test', enter],
      [/✓ token: polly[^]*! permissions: it is in no server[^]*\? Parrot/, 'Show', enter],
      [/enabled +false[^]*\? Parrot/, 'Duplicate', enter],
      [/\? Name:/, 'Polly', enter],
      NO_TOKEN,
      SAVE,
      [/\? Parrot/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agents()).toMatchObject([
      { name: 'Parrot', enabled: false },
      { name: 'Polly', enabled: false, sealedToken: undefined },
    ]);
  });

  it('deletes once the name is typed, and only then', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot']);
    const terminal = open(stage);
    await walk(
      terminal,
      [/\? Agents/, enter],
      [/\? Parrot/, 'Delete', enter],
      [/it remembers nobody[^]*\? Type Parrot to delete it/, 'yes', enter],
      [/> That is not its name\./, ctrlU, enter],
      [/Nothing was deleted\.[^]*\? Parrot/, 'Delete', enter],
    );
    expect(await stage.agents()).toHaveLength(1);
    await walk(
      terminal,
      [/\? Type Parrot to delete it/, 'parrot', enter],
      [/✓ Deleted Parrot\. To make it again: npm run agents -- create Parrot/, ctrlC],
    );
    expect(await terminal.ended).toBe(0);
    expect(await stage.agents()).toEqual([]);
  });
});

describe('delete with words on a terminal', () => {
  it.each([
    ['y', 0, []],
    ['n', 1, ['Parrot']],
  ] as const)('asks first; %s ends with %d', async (answer, code, left) => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot']);
    const terminal = open(stage, 'delete', 'Parrot');
    await walk(terminal, [/it remembers nobody\s+Delete 1 agent\? .* \[y\/N\]/, answer, enter]);
    expect(await terminal.ended).toBe(code);
    expect((await stage.agents()).map(({ name }) => name)).toEqual(left);
  });
});
