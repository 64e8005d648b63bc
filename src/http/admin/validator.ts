import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { ProblemsError, problemsOf } from '../../agents/input-problems.ts';
import { shapeOf } from '../../agents/value-shape.ts';

/** What the parts of a request are called in a problem's path; those of a body have their own keys alone. */
const LABELS: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', headers: 'header' };

/** A request does not have the form that its route describes. */
export class FormError extends ProblemsError {
  /** As Fastify takes it. */
  readonly statusCode = 400;
}

/** Checks what comes in by the same schemas that the description is made from. */
export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = '' }) => {
  const label = LABELS[httpPart] ?? '';
  return (value: unknown) => {
    const nul = label === '' ? undefined : nulIn(value);
    if (nul !== undefined)
      return {
        error: new FormError([{ path: `${label}.${nul}`, message: 'must not hold a NUL character' }]),
      };
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    const problems = problemsOf(parsed.error.issues, { value, shape: shapeOf(schema), label });
    return { error: new FormError(problems) };
  };
};

/** Under which name a NUL is, which no id has and PostgreSQL does not take; undefined: there is none. */
function nulIn(value: unknown): string | undefined {
  return Object.entries(value ?? {}).find(([, text]) => String(text).includes('\0'))?.[0];
}
