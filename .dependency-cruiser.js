// Imports run one way: errors, util, observability <- config <- core <- adapters <- host <- main, cli. In the core:
// memory, usage, leases, access, audit, recovery, events <- agents <- messages, bots, commands.
const core =
  'agents|memory|usage|leases|retention|capacity|access|audit|recovery|events|messages|bots|commands';
const adapters = 'discord|providers|database|agents-file|prices-file|http';
const base = 'errors\\.ts|util|observability';
const agents = 'agents/|memory|usage|leases|audit|recovery|events';

/** A room may import only what is named here (and itself). */
const room = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/(${from})` },
  to: { path: '^src/', pathNot: `^src/(${allowed})` },
});

/** A library is imported in one room alone. */
const only = (name, library, home) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${home})` },
  to: { path: `^node_modules/(${library})(/|$)` },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: 'agent\\.ts$' },
      to: {},
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench|demo)/' },
    },
    room('base-imports-base', base, base),
    room('config-imports-base', 'config', `${base}|config`),
    room('memory-is-the-lowest-core', 'memory', `${base}|config|memory`),
    room('usage-is-the-lowest-core', 'usage', `${base}|config|usage`),
    room('leases-are-the-lowest-core', 'leases', `${base}|config|leases`),
    room('retention-is-the-lowest-core', 'retention', `${base}|config|retention`),
    room('capacity-is-the-lowest-core', 'capacity', `${base}|config|capacity`),
    room('access-is-the-lowest-core', 'access', `${base}|config|access|audit`),
    room('audit-is-the-lowest-core', 'audit', `${base}|config|audit`),
    room('recovery-is-the-lowest-core', 'recovery', `${base}|config|recovery`),
    room('events-are-the-lowest-core', 'events', `${base}|config|events`),
    room('agents-import-memory-and-usage', 'agents/', `${base}|config|${agents}`),
    room('messages-import-agents', 'messages', `${base}|config|${agents}|messages`),
    room('bots-import-agents', 'bots', `${base}|config|${agents}|bots`),
    room('commands-import-agents', 'commands', `${base}|config|${agents}|commands`),
    ...adapters
      .split('|')
      .map((name) => room(`${name}-imports-core`, `${name}/`, `${base}|config|(${core})/|${name}/`)),
    room('examine-imports-adapters', 'examine/', `${base}|config|(${core})/|discord/|examine/`),
    room(
      'cli-does-not-import-main',
      'cli',
      `${base}|config|(${core})/|(${adapters})/|examine/|host\\.ts|host/|cli`,
    ),
    only('discord-js-in-discord', 'discord\\.js|@discordjs/[^/]+|discord-api-types', 'discord/'),
    only('prisma-in-database', '@?prisma|@prisma/[^/]+|@libsql/[^/]+|libsql|pg|mariadb', 'database/'),
    only('yaml-where-files-are-read', 'yaml', 'agents-file/|prices-file/|config/'),
    only('fastify-in-http', 'fastify|@fastify/[^/]+|fastify-type-provider-zod', 'http/'),
    only('winston-in-observability', 'winston', 'observability/'),
    only('opentelemetry-in-observability', '@opentelemetry/[^/]+', 'observability/'),
    only('dotenv-in-config', 'dotenv', 'config/'),
    only('commander-in-cli', 'commander', 'cli/'),
    only('inquirer-in-cli', '@inquirer/[^/]+', 'cli/'),
    only('aws-sdk-in-agents-file', '@aws-sdk/[^/]+', 'agents-file/'),
    only('llm-sdks-in-providers', 'openai|@anthropic-ai/[^/]+', 'providers/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/database/generated' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
