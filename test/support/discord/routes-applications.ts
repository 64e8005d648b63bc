import type { APIApplicationCommand } from 'discord-api-types/v10';
import { apiError } from './api-error.ts';
import type { Bot } from './bot.ts';
import { checkCommand } from './command-form.ts';
import type { RestRequest } from './rest-request.ts';
import { NO_CONTENT, ok } from './router.ts';
import type { Answer, Route } from './router.ts';

const self: Route['handler'] = ({ bot }) => ok(applicationData(bot));

/** The application, and the commands that it registers everywhere or in one guild. */
export const applicationRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/applications/@me', auth: 'bot', handler: self },
  { method: 'GET', pattern: '/oauth2/applications/@me', auth: 'bot', handler: self },
  ...commandRoutes('/applications/:application/commands', false),
  ...commandRoutes('/applications/:application/guilds/:guild/commands', true),
];

function commandRoutes(pattern: string, inGuild: boolean): Route[] {
  const split = (params: string[]): [guild: string | undefined, command: string] =>
    inGuild ? [params[1] ?? '', params[2] ?? ''] : [undefined, params[1] ?? ''];
  const one = `${pattern}/:command`;
  const route = (
    method: string,
    path: string,
    does: (request: RestRequest, guild: string | undefined, command: string) => Answer,
  ): Route => ({
    method,
    pattern: path,
    auth: 'bot',
    handler: (request, ...params) => {
      if (params[0] !== request.bot.applicationId) throw apiError('unknownApplication');
      return does(request, ...split(params));
    },
  });
  return [
    route('GET', pattern, ({ bot }, guild) => ok(commandsIn(bot, guild))),
    route('PUT', pattern, (request, guild) => {
      const { bot, body } = request;
      const before = commandsIn(bot, guild);
      for (const old of before) bot.commands.delete(old.id);
      const wanted = Object.values(body.json) as Partial<APIApplicationCommand>[];
      return ok(wanted.map((command) => put(request, guild, command, before)));
    }),
    route('POST', pattern, (request, guild) => {
      const before = commandsIn(request.bot, guild);
      const known = before.some(({ name }) => name === request.body.json['name']);
      return ok(put(request, guild, request.body.json, before), known ? 200 : 201);
    }),
    route('GET', one, ({ bot }, _guild, id) => ok(existing(bot, id))),
    route('PATCH', one, ({ bot, body }, _guild, id) => ok(Object.assign(existing(bot, id), body.json))),
    route('DELETE', one, ({ bot }, _guild, id) => {
      bot.commands.delete(existing(bot, id).id);
      return NO_CONTENT;
    }),
  ];
}

function commandsIn(bot: Bot, guildId: string | undefined): APIApplicationCommand[] {
  return [...bot.commands.values()].filter((command) => command.guild_id === guildId);
}

function existing(bot: Bot, id: string): APIApplicationCommand {
  const command = bot.commands.get(id);
  if (!command) throw apiError('unknownCommand');
  return command;
}

/** A command of the same name and type keeps its id. */
function put(
  { core, bot }: RestRequest,
  guildId: string | undefined,
  wanted: Partial<APIApplicationCommand>,
  before: readonly APIApplicationCommand[],
): APIApplicationCommand {
  checkCommand(wanted);
  const { type = 1, name = '' } = wanted;
  const id = before.find((old) => old.name === name && old.type === type)?.id ?? core.ids.next();
  const data: object = {
    description: '',
    default_member_permissions: null,
    nsfw: false,
    ...wanted,
    id,
    name,
    type,
    application_id: bot.applicationId,
    version: core.ids.next(),
    ...(guildId !== undefined && { guild_id: guildId }),
  };
  const command = data as APIApplicationCommand;
  bot.commands.set(id, command);
  return command;
}

function applicationData(bot: Bot): object {
  return {
    id: bot.applicationId,
    name: bot.username,
    icon: null,
    description: '',
    summary: '',
    type: null,
    bot: bot.data,
    bot_public: bot.isPublic,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: bot.applicationFlags,
    team: null,
    owner: { id: '1', username: 'owner', discriminator: '0', avatar: null, global_name: null },
    approximate_guild_count: bot.guilds.size,
    approximate_user_install_count: 0,
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    event_webhooks_url: null,
    event_webhooks_status: 1,
    integration_types_config: { 0: {} },
  };
}
