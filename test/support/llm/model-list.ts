import { unknownModel } from './refusals.ts';
import type { Model, Models } from './models.ts';
import type { ApiName } from './recorded-request.ts';

/** When every model of the stand-in was made. */
const CREATED = '2025-01-01T00:00:00Z';

/** What `GET /v1/models` answers, or `GET /v1/models/NAME`. @throws LlmApiError 404 for a name that there is not */
export function modelList(models: Models, api: ApiName, name: string | undefined): object {
  if (name !== undefined) {
    const model = models.find(api, name);
    if (!model) throw unknownModel(api, name);
    return describe(model);
  }
  const data = models.of(api).map(describe);
  if (api === 'openai') return { object: 'list', data };
  const names = models.of(api).map((model) => model.name);
  return { data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}

function describe({ api, name }: Model): object {
  if (api === 'anthropic') return { type: 'model', id: name, display_name: name, created_at: CREATED };
  return { id: name, object: 'model', created: Date.parse(CREATED) / 1_000, owned_by: 'stand-in' };
}
