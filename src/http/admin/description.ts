import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { agentTypes } from '../../agents/agent-types.ts';
import { shapeOf } from '../../agents/value-shape.ts';
import { PLAIN_NAME, SECURE_NAME } from './guard/session-cookie.ts';

/** Nothing from elsewhere, and no script that is not a file of ours. Swagger UI sets styles on its elements. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const INTRODUCTION = `What the commands of Troupe do, over HTTP. Names are those of the agents file and of the
commands' \`--json\`. Lists are read page by page (\`limit\`, \`cursor\`), errors are problem details (RFC 9457), a change to
an agent says by \`If-Match\` which version it is for, and what makes something takes an \`Idempotency-Key\`.`;

/**
 * Adds the OpenAPI description of all routes: for programs at `/api/docs/openapi.json`, for people at `/api/docs`.
 *
 * @param addRoutes - adds those that are described
 */
export async function addDescription(app: FastifyInstance, addRoutes: () => void): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Troupe', version: '1', description: INTRODUCTION },
      components: {
        schemas: configShapes(),
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
          session: sessionIn(PLAIN_NAME, 'Of a login; changes need its `X-CSRF-Token` besides.'),
          secureSession: sessionIn(SECURE_NAME, 'The same over https.'),
        },
      },
      security: [{ token: [] }, { session: [] }, { secureSession: [] }],
    },
    transform,
    transformObject: jsonSchemaTransformObject,
  });
  addRoutes();
  app.get('/api/docs/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: POLICY,
    uiConfig: { deepLinking: true },
    theme: { title: 'Troupe' },
  });
}

/** As it is made from the schemas; but what is checked after them as a condition is demanded all the same. */
const transform: typeof jsonSchemaTransform = (input) => {
  const described = jsonSchemaTransform(input);
  const headers = described.schema.headers as { properties?: object; required?: string[] } | undefined;
  if (headers?.properties !== undefined && 'if-match' in headers.properties) headers.required = ['if-match'];
  return described;
};

/** `EchoConfig`, `LlmConfig`, …: what `config` holds for each type of agent. */
function configShapes(): Record<string, object> {
  return Object.fromEntries(
    [...agentTypes].map(([name, { configSchema }]) => {
      const shape = Object.entries(shapeOf(configSchema)).filter(([keyword]) => keyword !== '$schema');
      return [`${name.charAt(0).toUpperCase()}${name.slice(1)}Config`, Object.fromEntries(shape)];
    }),
  );
}

function sessionIn(name: string, description: string) {
  return { type: 'apiKey', in: 'cookie', name, description } as const;
}
