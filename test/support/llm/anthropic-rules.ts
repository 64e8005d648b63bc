import type { IncomingHttpHeaders } from 'node:http';
import { invalid, unsupported } from './api-error.ts';
import { objectsOf } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Model } from './models.ts';
import type { RecordedRequest } from './recorded-request.ts';

const FIELDS = new Set(
  ['model', 'messages', 'max_tokens', 'system', 'stream', 'temperature', 'top_p', 'top_k', 'stop_sequences']
    .concat(['tools', 'tool_choice', 'metadata', 'thinking', 'service_tier', 'cache_control', 'container'])
    .concat(['context_management', 'mcp_servers', 'output_config', 'inference_geo', 'speed', 'diagnostics']),
);

/** Checks what holds for every model. @throws LlmApiError as the API would answer */
export function checkAnthropicBody(body: JsonObject, headers: IncomingHttpHeaders, counting: boolean): void {
  const { model, messages, max_tokens: maxTokens, temperature } = body;
  if (headers['anthropic-version'] === undefined) throw invalid('anthropic-version: header is required');
  if (typeof model !== 'string' || model === '') throw invalid('model: Field required');
  if (!counting) {
    if (maxTokens === undefined) throw invalid('max_tokens: Field required');
    if (!Number.isInteger(maxTokens) || (maxTokens as number) < 0) {
      throw invalid('max_tokens: Input should be greater than or equal to 0');
    }
  }
  if (!Array.isArray(messages)) throw invalid('messages: Field required');
  if (messages.length === 0) throw invalid('messages: at least one message is required');
  if (temperature !== undefined && (typeof temperature !== 'number' || temperature < 0 || temperature > 1)) {
    throw invalid('temperature: range: 0..1');
  }
  for (const field of Object.keys(body)) {
    if (!FIELDS.has(field)) throw invalid(`${field}: Extra inputs are not permitted`);
  }
  (messages as JsonObject[]).forEach((message, at) => {
    checkMessage(message, at, at === messages.length - 1);
  });
  if ((messages[0] as JsonObject)['role'] !== 'user') {
    throw invalid('messages: first message must use the "user" role');
  }
  checkToolUse(messages as JsonObject[]);
}

function checkMessage({ role, content }: JsonObject, at: number, last: boolean): void {
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalid(
      `messages: Unexpected role ${JSON.stringify(role)}. Allowed roles are "user" or "assistant".`,
    );
  }
  if (typeof content !== 'string' && !Array.isArray(content)) {
    throw invalid(`messages.${at}.content: Input should be a valid list`);
  }
  if (content.length === 0 && !(last && role === 'assistant')) {
    throw invalid(
      `messages.${at}: all messages must have non-empty content except for the optional final assistant message`,
    );
  }
  const texts = objectsOf(content).filter((block) => block['type'] === 'text');
  if (texts.some((block) => block['text'] === ''))
    throw invalid('messages: text content blocks must be non-empty');
  const whole = typeof content === 'string' ? content : texts.at(-1)?.['text'];
  if (last && role === 'assistant' && typeof whole === 'string' && whole !== whole.trimEnd()) {
    throw invalid('messages: final assistant content cannot end with trailing whitespace');
  }
}

function checkToolUse(messages: readonly JsonObject[]): void {
  let open = new Set<unknown>();
  messages.forEach(({ content }, at) => {
    const blocks = objectsOf(content);
    blocks.forEach((block, n) => {
      if (block['type'] !== 'tool_result' || open.delete(block['tool_use_id'])) return;
      throw invalid(
        `messages.${at}.content.${n}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(block['tool_use_id'])}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    });
    if (open.size > 0) {
      throw invalid(
        `messages.${at - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${[...open].join(', ')}.`,
      );
    }
    open = new Set(blocks.filter((block) => block['type'] === 'tool_use').map((block) => block['id']));
  });
}

/** The first version of the API without sampling parameters; the SDK sends it from 1.0 on. */
const WITHOUT_SAMPLING = '2026-10-21';

/** Checks what depends on the model and on the API's version. @throws LlmApiError as the API would answer */
export function checkAnthropicModel(request: RecordedRequest, model: Model): void {
  const { body, headers, messages, maxTokens = 0, promptTokens: prompt } = request;
  const sampling = ['temperature', 'top_p', 'top_k'].find((field) => body[field] !== undefined);
  if (sampling !== undefined) {
    // The wording for the version is the stand-in's own; the one for the model is the API's.
    if (String(headers['anthropic-version']) >= WITHOUT_SAMPLING) {
      throw unsupported(`\`${sampling}\` is not supported in API version ${WITHOUT_SAMPLING}.`);
    }
    if (model.refusesTemperature && body[sampling] !== 1) {
      throw unsupported(`\`${sampling}\` is deprecated for this model.`);
    }
  }
  if (!model.systemMessages && messages.some((message) => message.role === 'system')) {
    throw invalid(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    );
  }
  if (!model.prefill && messages.at(-1)?.role === 'assistant') {
    throw unsupported(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
  if (!model.vision && messages.some((message) => message.images.length > 0)) {
    throw unsupported('This model does not support image input.');
  }
  if (maxTokens > model.maxOutput) {
    throw unsupported(
      `max_tokens: ${maxTokens} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${model.name}`,
    );
  }
  if (prompt > model.contextWindow) {
    throw unsupported(`prompt is too long: ${prompt} tokens > ${model.contextWindow} maximum`);
  }
}
