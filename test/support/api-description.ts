import { expect } from 'vitest';
import { startAdmin } from './admin-app.ts';
import { testDatabase } from './test-database.ts';

/** A method of a path. */
export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: object }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { schema?: object }>> }
    >
  >;
}

/** What the tests look at of a description. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** An admin app on a database of its own, with its description as an admin reads it. */
export async function readDescription() {
  const routes: { method: string; url: string; needs: unknown }[] = [];
  const test = await testDatabase();
  const stage = await startAdmin({ database: await test.open(), onRoute: (route) => routes.push(route) });
  const headers = await stage.login('Ada', 'admin');
  const { json, status } = await stage.ask('GET', '/api/docs/openapi.json', { headers });
  expect(status).toBe(200);
  return { ...stage, test, headers, routes, document: json as unknown as OpenApi };
}

/** Each under its method and path, such as `get /api/agents`. */
export function operationsOf({ paths }: OpenApi): [string, Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );
}
