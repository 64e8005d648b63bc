import { isObject, type JsonObject, objectsOf, textOf } from '../llm/json.ts';

/** What an attribute of a span is, as JSON has it. */
export type AttributeValue = string | number | boolean | readonly AttributeValue[];

/** A span as the collector got it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** By the words of the specification. */
  readonly kind: string;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly status: { readonly code: number; readonly message: string };
  /** What is said of the process. */
  readonly resource: Readonly<Record<string, AttributeValue>>;
}

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

/** Attributes that somebody wrote or that tell who a user is: no span may have one. */
const FORBIDDEN =
  /^(user|enduser)\.|^gen_ai\.(prompt|completion|input|output)\.|system_instructions|user\.id/;

/**
 * Reads an `ExportTraceServiceRequest` in OTLP's JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding").
 *
 * @throws {Error} that says what of it is wrong
 */
export function readSpans(body: unknown): ReceivedSpan[] {
  const resources = isObject(body) ? objectsOf(body['resourceSpans']) : [];
  if (resources.length === 0) throw new Error('there are no resourceSpans');
  return resources.flatMap((entry) => {
    const resource = attributesOf(isObject(entry['resource']) ? entry['resource'] : {});
    if (textIn(resource['service.name']) === '') throw new Error('a resource has no service.name');
    return objectsOf(entry['scopeSpans']).flatMap(({ scope, spans }) => {
      if (!isObject(scope) || textOf(scope['name']) === '') throw new Error('a scope has no name');
      return objectsOf(spans).map((span) => readSpan(span, resource));
    });
  });
}

function readSpan(span: JsonObject, resource: ReceivedSpan['resource']): ReceivedSpan {
  const name = textOf(span['name']);
  const [traceId, spanId] = [textOf(span['traceId']), textOf(span['spanId'])];
  const parentSpanId = textOf(span['parentSpanId']);
  const [start, end] = [nanos(span['startTimeUnixNano']), nanos(span['endTimeUnixNano'])];
  const kind = KINDS[Number(span['kind'])] ?? '';
  const attributes = attributesOf(span);
  const { code = 0, message = '' } = (span['status'] ?? {}) as { code?: number; message?: string };
  const wrong = Object.entries({
    name: name === '',
    traceId: !/^(?!0+$)[0-9a-f]{32}$/.test(traceId),
    spanId: !/^(?!0+$)[0-9a-f]{16}$/.test(spanId),
    parentSpanId: !/^([0-9a-f]{16})?$/.test(parentSpanId),
    kind: kind === '',
    time: start === undefined || end === undefined || end < start,
    status: code < 0 || code > 2 || (code !== 2 && message !== ''),
    attributes: Object.keys(attributes).some((key) => FORBIDDEN.test(key)),
  }).find(([, isWrong]) => isWrong);
  if (wrong !== undefined) throw new Error(`the ${wrong[0]} of a span is wrong: ${JSON.stringify(span)}`);
  return {
    ...{ traceId, spanId, parentSpanId, name, kind, attributes, resource },
    start: start ?? 0n,
    end: end ?? 0n,
    status: { code, message },
  };
}

function attributesOf({ attributes }: JsonObject): Record<string, AttributeValue> {
  const read: Record<string, AttributeValue> = {};
  for (const { key, value } of objectsOf(attributes)) {
    if (typeof key !== 'string' || key === '' || key in read) {
      throw new Error(`an attribute has no name of its own: ${JSON.stringify(attributes)}`);
    }
    read[key] = valueOf(value);
  }
  return read;
}

/** An `AnyValue`: one field, named for its type. */
function valueOf(value: unknown): AttributeValue {
  const [[type, plain] = ['', undefined], ...more] = isObject(value) ? Object.entries(value) : [];
  if (more.length === 0) {
    if (type === 'stringValue' && typeof plain === 'string') return plain;
    if (type === 'boolValue' && typeof plain === 'boolean') return plain;
    if (type === 'doubleValue' && typeof plain === 'number') return plain;
    if (type === 'intValue' && Number.isSafeInteger(Number(plain))) return Number(plain);
    if (type === 'arrayValue' && isObject(plain)) return objectsOf(plain['values']).map(valueOf);
  }
  throw new Error(`an attribute's value is wrong: ${JSON.stringify(value)}`);
}

function nanos(value: unknown): bigint | undefined {
  const text = typeof value === 'number' ? String(value) : textOf(value);
  return /^\d{19}$/.test(text) ? BigInt(text) : undefined;
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
