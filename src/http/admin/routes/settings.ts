import { z } from 'zod';
import { ProblemsError } from '../../../agents/input-problems.ts';
import { findSetting, refuseUnlessRuntime } from '../../../config/find-setting.ts';
import { type ListedSetting, listSettings } from '../../../config/list-settings.ts';
import { storedProblem } from '../../../config/runtime-config.ts';
import { settingAsJson } from '../../../config/setting-json.ts';
import { withStored } from '../../../config/sources.ts';
import { InputError } from '../../../errors.ts';
import { actorOf } from '../actor-of.ts';
import type { ApiParts } from '../api-parts.ts';
import { HttpError } from '../problem.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const LOOK = { needs: { role: 'viewer', scope: 'settings' } } as const;
const CHANGE = { needs: { role: 'operator', scope: 'settings' } } as const;

const tags = ['settings'];
const params = z.object({ name: z.string().max(80) });

const settingSchema = z
  .object({
    name: z.string(),
    group: z.string(),
    value: z.string().nullable().describe('Without secrets; null: not set.'),
    default: z.string().nullable(),
    source: z.string().describe('Where its value came from.'),
    changed: z.boolean(),
    wrong: z.boolean().describe('Whether its text cannot be used.'),
    secret: z.boolean(),
    runtime: z.boolean().describe('Whether it can be changed here, while the host runs.'),
    description: z.string(),
  })
  .meta({ id: 'Setting' });

const valueSchema = z.strictObject({
  value: z
    .string()
    .max(190)
    .describe('As in the environment; empty: no limit, whatever the environment says.'),
});

/** `/api/settings`: what is set and where; those of a running host are changed. */
export const addSettingRoutes: AddRoutes = (app, parts) => {
  typed(app).get(
    '/api/settings',
    {
      config: LOOK,
      schema: {
        operationId: 'listSettings',
        summary: 'Every setting, its value and where that came from',
        tags,
        querystring: z.strictObject({ changed: z.enum(['true']).optional() }),
        response: { 200: z.object({ items: z.array(settingSchema) }), default: PROBLEM },
      },
    },
    async ({ query: { changed } }) => {
      const settings = await listed(parts);
      return {
        items: settings.filter(({ isChanged }) => isChanged || changed === undefined).map(settingAsJson),
      };
    },
  );
  const read = { operationId: 'getSetting', summary: 'A setting', tags, params };
  typed(app).get(
    '/api/settings/:name',
    { config: LOOK, schema: { ...read, response: { 200: settingSchema, default: PROBLEM } } },
    async ({ params: { name } }) => settingAsJson(await oneOf(knownSetting(name), parts)),
  );
  addChanging(app, parts);
};

const addChanging: AddRoutes = (app, parts) => {
  const set = {
    operationId: 'setSetting',
    summary: 'Set it; running hosts take it over with their next poll',
    tags,
  };
  typed(app).put(
    '/api/settings/:name',
    {
      config: CHANGE,
      schema: { ...set, params, body: valueSchema, response: { 200: settingSchema, default: PROBLEM } },
    },
    async (request) => {
      const name = knownSetting(request.params.name);
      refuseUnlessRuntime(name);
      const value = request.body.value.trim();
      const problem = storedProblem(name, value);
      if (problem !== undefined) throw new ProblemsError([{ path: 'value', message: problem }]);
      await parts.storesFor(actorOf(request)).settings.set(name, value);
      return settingAsJson(await oneOf(name, parts));
    },
  );
  const unset = {
    operationId: 'unsetSetting',
    summary: 'Have what the environment says count again',
    tags,
    params,
  };
  typed(app).delete(
    '/api/settings/:name',
    { config: CHANGE, schema: { ...unset, response: { 200: settingSchema, default: PROBLEM } } },
    async (request) => {
      const name = knownSetting(request.params.name);
      refuseUnlessRuntime(name);
      await parts.storesFor(actorOf(request)).settings.unset(name);
      return settingAsJson(await oneOf(name, parts));
    },
  );
};

async function listed({ settings, env, cwd }: ApiParts): Promise<ListedSetting[]> {
  return listSettings(withStored(env, await settings.read()), cwd);
}

async function oneOf(name: string, parts: ApiParts): Promise<ListedSetting> {
  const found = (await listed(parts)).find((setting) => setting.name === name);
  if (found === undefined) throw new HttpError(404, `there is no setting ${name}`);
  return found;
}

/** @throws {HttpError} 404 when there is no such setting, with the one that was probably meant */
function knownSetting(word: string): string {
  try {
    return findSetting(word);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError(404, error.message, { remedy: 'GET /api/settings lists them all.' });
  }
}
