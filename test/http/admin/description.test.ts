import { expect, it } from 'vitest';
import { operationsOf, readDescription } from '../../support/api-description.ts';
import { openApi } from '../../support/api-stage.ts';

/** Everything in a document that is under this key. */
function* valuesUnder(key: string, node: unknown): Generator {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === key) yield value;
    yield* valuesUnder(key, value);
  }
}

it('describes every route of the API but those of the description itself, and no page', async () => {
  const { document, routes } = await readDescription();
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  const described = operationsOf(document).map(([key]) => key);
  const registered = routes
    .filter(({ method, url }) => method !== 'HEAD' && url.startsWith('/api/') && !url.startsWith('/api/docs'))
    .map(({ method, url }) => `${method.toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect(described.toSorted()).toEqual(registered.toSorted());
});

it('gives each operation a name of its own, a summary, its path’s parameters and a schema for each answer', async () => {
  const { document } = await readDescription();
  const operations = operationsOf(document);
  const names = operations.map(([, { operationId }]) => operationId);
  expect(new Set(names).size).toBe(operations.length);
  for (const [key, operation] of operations) {
    expect([key, operation.operationId]).toEqual([key, expect.stringMatching(/^[a-z][A-Za-z]+$/)]);
    expect([key, operation.summary]).toEqual([key, expect.stringMatching(/\S/)]);
    expect([key, operation.tags]).toEqual([key, [expect.stringMatching(/\S/)]]);
    // Whoever logs in has nothing to show yet.
    expect([key, operation.security]).toEqual([key, key === 'post /api/session' ? [] : undefined]);
    const inPath = [...key.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const named = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'path')
      .map(({ name }) => name);
    expect([key, named]).toEqual([key, inPath]);
    expect([key, Object.keys(operation.responses)]).toEqual([key, expect.arrayContaining(['default'])]);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect([key, status, description]).toEqual([key, status, expect.any(String)]);
      if (status === '204') continue;
      const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
      expect([key, status, schemas]).toEqual([key, status, [expect.any(Object)]]);
    }
  }
});

it('names the headers that change what comes of a request, and the type of a merge patch', async () => {
  const { document } = await readDescription();
  const withHeader = (name: string) =>
    operationsOf(document)
      .map(([, { operationId, parameters = [] }]) => ({
        operationId,
        header: parameters.find((one) => one.in === 'header' && one.name === name),
      }))
      .filter(({ header }) => header !== undefined);
  expect(withHeader('if-match')).toEqual(
    ['updateAgent', 'deleteAgent'].map((operationId) => ({
      operationId,
      header: expect.objectContaining({ required: true }) as object,
    })),
  );
  expect(withHeader('idempotency-key').map(({ operationId }) => operationId)).toEqual([
    'createAgent',
    ...['reload', 'restart', 'pause', 'resume'].map((kind) => `${kind}Agent`),
    'sendCommand',
  ]);
  const { requestBody } = document.paths['/api/agents/{id}']?.['patch'] ?? {};
  expect(Object.keys(requestBody?.content ?? {})).toEqual([
    'application/merge-patch+json',
    'application/json',
  ]);
});

it('refers to nothing that is not there, and describes what the types of agents take', async () => {
  const { document } = await readDescription();
  const references = [...valuesUnder('$ref', document)];
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    const name = /^#\/components\/schemas\/(\w+)$/.exec(String(reference))?.[1] ?? String(reference);
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
  expect(document.components.schemas['LlmConfig']).toMatchObject({
    properties: { temperature: { minimum: 0, maximum: 2 } },
  });
});

it('shows people a page that loads nothing from elsewhere and runs no script but its own files', async () => {
  const { call } = await openApi();
  const page = await call('GET', '/api/docs/', { as: 'viewer' });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = String(page.headers.get('content-security-policy'));
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  const sources = [...page.text.matchAll(/src="([^"]+)"/g)].map(([, source]) => source);
  for (const source of sources) {
    const { status } = await call('GET', new URL(String(source), 'http://x/api/docs/').pathname, {
      as: 'viewer',
    });
    expect([source, status]).toEqual([source, 200]);
  }
});
