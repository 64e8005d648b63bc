import type { IncomingMessage } from 'node:http';
import { LlmApiError, invalid } from './api-error.ts';
import { isObject } from './json.ts';
import type { JsonObject } from './json.ts';

/** Reads the body of a request; one without a body has an empty one. @throws LlmApiError when it is no JSON object */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    // What is too much is read all the same, so that the client gets to read the answer.
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  if (bytes > maxBytes) throw new LlmApiError(413);
  if (bytes === 0) return {};
  const text = Buffer.concat(chunks).toString();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalid('We could not parse the JSON body of your request.');
  }
  if (!isObject(body)) throw invalid('The JSON body of your request is no object.');
  if (text.includes('\\ud') && hasHalfCharacter(body)) {
    throw invalid('The request body is not valid JSON: no low surrogate in string');
  }
  return body;
}

/** Whether a text in it was cut in the middle of a character; both APIs refuse the whole request then. */
function hasHalfCharacter(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  return typeof value === 'object' && value !== null && Object.values(value).some(hasHalfCharacter);
}
