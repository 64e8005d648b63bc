import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BotStatus } from '../../../src/agents/agent-record.ts';
import { treeOf } from '../../../src/cli/agents/setting-change.ts';
import { uuidV7 } from '../../../src/util/uuid-v7.ts';
import { leaseHolder } from '../../support/lease-holder.ts';
import { HOST_KEY, make, setManagerStage } from './manager-stage.ts';

describe('list', () => {
  it('shows every agent, its state and why', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Ann'], ['Bob', '--no-enabled']);
    const ann = await stage.agent('Ann');
    await stage.within(({ agents }) =>
      agents.saveStatus(
        new Map([[ann.id, { state: 'parked', reason: 'Discord does not accept the token' }]]),
      ),
    );
    const { code, out } = await stage.run(['list']);
    expect(code).toBe(0);
    expect(out).toMatch(/^NAME +TYPE +STATE +WHY$/m);
    expect(out).toMatch(/^Ann +echo +parked +Discord does not accept the token$/m);
    expect(out).toMatch(/^Bob +echo +stopped /m);
  });

  it('shows a bot as stopped when the host that ran it was killed', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Ann'], ['Bob'], ['Cid']);
    const [ann, bob, cid] = await stage.agents();
    const ids = [ann?.id ?? '', bob?.id ?? ''];
    const shown = async () => JSON.parse((await stage.run(['list', '--json'])).out) as unknown[];
    const holder = leaseHolder();
    const fences = await stage.within(async ({ agents, leases }) => {
      const parked = { state: 'parked', reason: 'its token cannot be read' } as const;
      const statuses = new Map<string, BotStatus>([[cid?.id ?? '', parked]]);
      for (const id of ids) statuses.set(id, { state: 'ready', reason: '' });
      await agents.saveStatus(statuses);
      return leases.claim(ids, holder, 600_000);
    });
    const run = [{ state: 'ready' }, { state: 'ready' }, { state: 'parked' }];
    expect(await shown()).toMatchObject(run);
    // A lease that has run out, as after a kill.
    await stage.within(({ leases }) => leases.renew(fences, holder, -1_000));
    const stopped = { state: 'stopped', state_reason: 'no host runs it' };
    expect(await shown()).toMatchObject([stopped, stopped, { state: 'parked' }]);
    expect((await stage.run(['list'])).out).toMatch(/^Ann +echo +stopped +no host runs it$/m);
    expect((await stage.run(['show', 'Bob'])).out).toMatch(/^state +stopped: no host runs it$/m);
  });

  it('prints an array and nothing else with --json, ids as text, without a secret', async () => {
    const token = 'MTA3MzQ1.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB';
    const stage = await setManagerStage({ T: token, TEAM_KEY: 'team' });
    const key = path.join(stage.directory, 'key');
    await writeFile(key, 'hush-hush-hush\n');
    await make(stage, [
      ...['Ann', '--type', 'llm', '--guild', '18446744073709551615', '--allow-user', '1'],
      ...['--rate-limit', '5', '--token-env', 'T', '--api-key-file', key],
      ...['--set', "config.fallbacks=[{provider: openai, api_key: '${TEAM_KEY}'}]"],
    ]);
    const { code, out, err } = await stage.run(['list', '--json']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject([
      {
        name: 'Ann',
        type: 'llm',
        enabled: true,
        state: 'stopped',
        has_token: true,
        guild_whitelist: ['18446744073709551615'],
        allowed_users: ['1'],
        allowed_roles: [],
        rate_limit: 5,
        config: {
          api_key: '[redacted]',
          fallbacks: [{ provider: 'openai', api_key: '${TEAM_KEY}' }],
        },
      },
    ]);
    for (const secret of [token, 'hush']) expect(out).not.toContain(secret);
  });

  it('says how to make an agent when there is none, and prints an empty array for programs', async () => {
    const stage = await setManagerStage();
    expect((await stage.run(['list'])).out).toContain('npm run agents -- create');
    expect((await stage.run(['list', '--json'])).out).toBe('[]\n');
  });
});

describe('show, duplicate, enable, disable', () => {
  it('shows everything, with secrets masked and the invite link', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'sage' });
    await writeFile(path.join(stage.directory, 'key'), HOST_KEY);
    await stage.run(['create', 'Sage', '--type', 'llm', '--api-key-file', 'key', '--token-stdin'], bot.token);
    const { out } = await stage.run(['show', 'sage']);
    expect(out).toMatch(/^state +stopped: no host has run it yet$/m);
    expect(out).toMatch(/^config\.api_key +\[redacted\]$/m);
    expect(out).toMatch(/^rate_limit +0 {2}\(default\)$/m);
    expect(out).toContain(`client_id=${bot.applicationId}`);
    expect((await stage.run(['show', 'sage', '--json'])).json()).toMatchObject({
      invite_url: expect.stringContaining(bot.applicationId) as string,
    });
  });

  it('duplicates the settings with their keys, but not the token', async () => {
    const stage = await setManagerStage({ T: 'x.y.z' });
    await writeFile(path.join(stage.directory, 'key'), HOST_KEY);
    await make(stage, ['Sage', '--type', 'llm', '--api-key-file', 'key', '--token-env', 'T']);
    expect((await stage.run(['duplicate', 'Sage', 'Two', '--rate-limit', '9'])).code).toBe(0);
    const copy = await stage.agent('Two');
    expect(copy).toMatchObject({ type: 'llm', rateLimit: 9, sealedToken: undefined });
    await stage.within(({ agents }) => {
      expect(agents.openConfig(copy)).toEqual({ api_key: HOST_KEY });
      return Promise.resolve();
    });
  });

  it('switches all of the agents or none', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Ann'], ['Bob']);
    expect((await stage.run(['disable', 'Ann', 'Bab'])).code).toBe(1);
    expect((await stage.agent('Ann')).enabled).toBe(true);
    const { code, out } = await stage.run(['disable', 'Ann', 'Bob', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      { name: 'Ann', enabled: false },
      { name: 'Bob', enabled: false },
    ]);
    expect((await stage.run(['enable', 'Ann'])).out).toBe('Ann is enabled.\n');
    expect((await stage.agents()).map(({ enabled }) => enabled)).toEqual([true, false]);
  });
});

describe('delete', () => {
  it('refuses where nobody can be asked, and deletes with --yes', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Ann', '--prefix', "it's"]);
    const refused = await stage.run(['delete', 'Ann']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--yes')]);
    expect(await stage.agents()).toHaveLength(1);
    const { code, out } = await stage.run(['delete', 'Ann', '--yes']);
    expect(code).toBe(0);
    expect(out).toContain(`npm run agents -- create Ann --set 'config.prefix="it'\\''s"'`);
    expect(await stage.agents()).toEqual([]);
  });

  it('tells what is lost with an agent, and how to make it again', async () => {
    const stage = await setManagerStage({ KEY: 'key' });
    await make(stage, ['Sage', '--type', 'llm', '--api-key-env', 'KEY']);
    const { id: agentId } = await stage.agent('Sage');
    await stage.within(async ({ memory }) => {
      for (const userId of ['1', '2']) {
        const { memoryId } = await memory.recall({ agentId, userId, scope: '' }, 1);
        const exchangeId = uuidV7(Date.now());
        await memory.remember(memoryId, { exchangeId, question: 'q', answer: 'a', at: new Date() });
      }
    });
    expect((await stage.run(['delete', 'Sage', '--yes', '--json'])).json()).toEqual({
      deleted: [
        {
          agent: expect.objectContaining({ name: 'Sage', config: { api_key: '${KEY}' } }) as object,
          memory: { users: 2, turns: 2 },
          undo: `npm run agents -- create Sage --type llm --set 'config.api_key="\${KEY}"'`,
        },
      ],
    });
  });

  it('prints a command that makes the very same agent', async () => {
    const stage = await setManagerStage();
    await make(stage, [
      ...['Sage', '--type', 'llm', '--guild', '123456789012345678', '--no-enabled', '--no-respond-to-dm'],
      ...[
        '--system-prompt',
        'one\n"two" #3 ${four} \\',
        '--set',
        'config.tokens_range={from: 1, until: 2, increment: 1}',
      ],
    ]);
    const before = treeOf(await stage.agent('Sage'));
    const { undo } = (
      (await stage.run(['delete', 'Sage', '--yes', '--json'])).json()['deleted'] as [{ undo: string }]
    )[0];
    const words = undo.match(/'[^']*'|\S+/g)?.map((word) => word.replaceAll("'", '')) ?? [];
    await make(stage, words.slice(5));
    expect(treeOf(await stage.agent('Sage'))).toEqual(before);
  });
});

it('has help with examples for the whole and for each command', async () => {
  const stage = await setManagerStage();
  for (const words of [[], ['create'], ['edit'], ['duplicate'], ['delete'], ['test']]) {
    const { code, out } = await stage.run([...words, '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
  }
});
