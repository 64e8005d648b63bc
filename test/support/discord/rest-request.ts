import type { IncomingMessage } from 'node:http';
import { apiError } from './api-error.ts';
import type { Bot } from './bot.ts';
import type { Core } from './core.ts';
import { parseMultipart } from './multipart.ts';
import type { FileInput } from './stored-file.ts';

/** What a request carries. */
export interface RequestBody {
  json: Record<string, unknown>;
  /** The `files[n]` of a form, by n. */
  files: Map<string, FileInput>;
}

/** A request that is understood so far that a handler can do it. */
export interface RestRequest {
  readonly core: Core;
  readonly method: string;
  /** The path below `/api/v10`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: RequestBody;
  /** Whose token it came with. @throws ApiError 401 when it came with none */
  readonly bot: Bot;
}

/** The body of a request that has none. */
export const NOTHING: RequestBody = { json: {}, files: new Map() };

/** Reads JSON, or a form whose `payload_json` is JSON. @throws ApiError when it is neither */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (chunks.length === 0) return NOTHING;
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readForm(bytes, type);
  return { json: parse(bytes.toString()), files: NOTHING.files };
}

function readForm(bytes: Buffer, type: string): RequestBody {
  const files = new Map<string, FileInput>();
  const json: Record<string, unknown> = {};
  for (const { name, filename, contentType, data } of parseMultipart(bytes, type)) {
    if (filename === undefined) {
      const text = Buffer.from(data).toString();
      if (name === 'payload_json') Object.assign(json, parse(text));
      else json[name] = text;
      continue;
    }
    const known = contentType !== undefined && contentType !== 'application/octet-stream';
    files.set(/\d+/.exec(name)?.[0] ?? name, { name: filename, data, ...(known && { contentType }) });
  }
  return { json, files };
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw apiError('invalidJson');
  }
  if (typeof value !== 'object' || value === null) throw apiError('invalidJson');
  // A list (of commands) travels as an object of its own, which is what an array is.
  return value as Record<string, unknown>;
}
