import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { manageAgents } from '../../src/cli/manage-agents.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';

const TOKEN = 'MTA3MzQ1.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB';

/** Runs the command on a table of two agents, of which one is parked. */
async function run(argv: readonly string[], empty = false) {
  const store = new MemoryAgentStore();
  if (!empty) {
    const guildWhitelist = ['18446744073709551615'];
    const ann = agentDefinitionSchema.parse({
      name: 'Ann',
      guildWhitelist,
      allowedUsers: ['1'],
      rateLimit: 5,
      config: {
        prefix: 'a',
        api_key: { $sealed: 'hush' },
        base_url: 'https://me:hush-word@example.org',
        fallbacks: [{ api_key: 'hush' }, { api_key: '${TEAM_KEY}' }],
      },
    });
    const bob = agentDefinitionSchema.parse({ name: 'Bob', enabled: false });
    await store.apply([{ kind: 'create', definition: ann, token: TOKEN }]);
    await store.apply([{ kind: 'create', definition: bob, token: undefined }]);
    const [first] = await store.list();
    await store.saveStatus(
      new Map([[first?.id ?? '', { state: 'parked', reason: 'Discord does not accept the token' }]]),
    );
  }
  let out = '';
  let err = '';
  const output = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  };
  const code = await manageAgents(argv, output, () =>
    Promise.resolve({ store, close: () => Promise.resolve() }),
  );
  return { code, out, err };
}

describe('list', () => {
  it('shows every agent, its state and why', async () => {
    const { code, out } = await run(['list']);
    expect(code).toBe(0);
    expect(out).toMatch(/^NAME +TYPE +STATE +WHY$/m);
    expect(out).toMatch(/^Ann +echo +parked +Discord does not accept the token$/m);
  });

  it('prints an array and nothing else with --json, ids as text, without a secret', async () => {
    const { code, out } = await run(['list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      {
        name: 'Ann',
        type: 'echo',
        enabled: true,
        state: 'parked',
        state_reason: 'Discord does not accept the token',
        has_token: true,
        guild_whitelist: ['18446744073709551615'],
        allowed_users: ['1'],
        allowed_roles: [],
        blocked_users: [],
        rate_limit: 5,
        config: {
          prefix: 'a',
          api_key: '[redacted]',
          base_url: 'https://me:[redacted]@example.org',
          fallbacks: [{ api_key: '[redacted]' }, { api_key: '${TEAM_KEY}' }],
        },
      },
      { enabled: false, has_token: false },
    ]);
    expect(out).not.toContain(TOKEN);
    expect(out).not.toContain('hush');
  });

  it('says how to make an agent when there is none, and prints an empty array for programs', async () => {
    expect((await run(['list'], true)).out).toContain('npm run agents:load');
    expect((await run(['list', '--json'], true)).out).toBe('[]\n');
  });
});

it.each([
  ['--help', ['--help'], 0],
  ['an unknown command', ['lst'], 2],
  ['an unknown option', ['list', '--jsn'], 2],
])('answers %s with its exit code and help', async (_, argv, code) => {
  const outcome = await run(argv);
  expect(outcome.code).toBe(code);
  expect(outcome.out + outcome.err).toMatch(/Usage|unknown/);
});
