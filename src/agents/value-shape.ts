import { z } from 'zod';

/** What a schema expects at one place, as JSON Schema says it. */
export type ValueShape = z.core.JSONSchema.BaseSchema;

/** The shape of what this schema accepts. */
export function shapeOf(schema: z.ZodType): ValueShape {
  // Names that schemas have elsewhere would turn them into references.
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', metadata: z.registry() });
}

/** What is expected under this key or index; undefined when the schema does not say. */
export function shapeAt(shape: ValueShape | undefined, key: string | number): ValueShape | undefined {
  const found = variants(shape).flatMap((variant) => {
    const below = typeof key === 'number' ? variant.items : propertyOf(variant, key);
    return typeof below === 'object' && !Array.isArray(below) ? [below] : [];
  });
  return found.length > 1 ? { anyOf: found } : found[0];
}

/** Every key that is expected here by name. */
export function keysOf(shape: ValueShape | undefined): string[] {
  return [...new Set(variants(shape).flatMap((variant) => Object.keys(variant.properties ?? {})))];
}

/** The JSON types that are accepted here; empty when anything is, or the schema does not say. */
export function typesOf(shape: ValueShape | undefined): Set<string> {
  return new Set(variants(shape).flatMap((variant) => variant.type ?? []));
}

function propertyOf(shape: ValueShape, key: string): ValueShape | boolean | undefined {
  const named = shape.properties;
  return named !== undefined && Object.hasOwn(named, key) ? named[key] : shape.additionalProperties;
}

/** A schema and the alternatives that it is made of. */
function variants(shape: ValueShape | undefined): ValueShape[] {
  if (shape === undefined) return [];
  const parts = [...(shape.anyOf ?? []), ...(shape.oneOf ?? []), ...(shape.allOf ?? [])];
  return [shape, ...parts.flatMap((part) => (typeof part === 'object' ? variants(part) : []))];
}
