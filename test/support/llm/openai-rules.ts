import { invalid, unsupported } from './api-error.ts';
import type { LlmApiError } from './api-error.ts';
import type { JsonObject } from './json.ts';
import type { Model } from './models.ts';
import type { RecordedMessage, RecordedRequest } from './recorded-request.ts';

const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

/** Checks what holds for every model. @throws LlmApiError as the API would answer */
export function checkOpenAiBody(body: JsonObject): void {
  const { model, messages, stream, stream_options: options, temperature } = body;
  if (typeof model !== 'string' || model === '') throw invalid('you must provide a model parameter');
  if (!Array.isArray(messages))
    throw invalid("Missing required parameter: 'messages'.", { param: 'messages' });
  if (messages.length === 0) {
    throw invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      { param: 'messages', code: 'empty_array' },
    );
  }
  if (options !== undefined && options !== null && stream !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
      param: 'stream_options',
    });
  }
  if (temperature !== undefined && temperature !== null) {
    if (typeof temperature !== 'number' || temperature < 0 || temperature > 2) {
      throw invalid(`Invalid 'temperature': expected a value between 0 and 2.`, { param: 'temperature' });
    }
  }
  checkLimits(body);
  (messages as unknown[]).forEach((message, at) => {
    checkMessage(message, at);
  });
  checkToolCalls(messages as JsonObject[]);
}

function checkLimits(body: JsonObject): void {
  const { max_tokens: old, max_completion_tokens: current } = body;
  for (const [param, value] of Object.entries({ max_tokens: old, max_completion_tokens: current })) {
    if (value === undefined || value === null) continue;
    if (!Number.isInteger(value) || (value as number) < 1) {
      throw invalid(`Invalid '${param}': integer below minimum value. Expected a value >= 1.`, {
        param,
        code: 'integer_below_min_value',
      });
    }
  }
  if (typeof old === 'number' && typeof current === 'number') {
    throw invalid("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", {
      code: 'invalid_parameter_combination',
    });
  }
}

function checkMessage(message: unknown, at: number): void {
  const { role, content, tool_calls: calls } = message as JsonObject;
  if (typeof role !== 'string' || !ROLES.has(role)) {
    throw invalid(
      `Invalid value: '${String(role)}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
      { param: `messages[${at}].role`, code: 'invalid_value' },
    );
  }
  if (typeof content === 'string' || (Array.isArray(content) && content.length > 0)) return;
  if (role === 'assistant' && (content === null || content === undefined) && calls !== undefined) return;
  throw invalid(
    `Invalid value for 'content': expected a string, got ${content === null ? 'null' : typeof content}.`,
    {
      param: `messages[${at}].content`,
    },
  );
}

function checkToolCalls(messages: readonly JsonObject[]): void {
  let open = new Set<unknown>();
  messages.forEach(({ role, tool_calls: calls, tool_call_id: answered }, at) => {
    if (role === 'tool') {
      if (!open.delete(answered)) {
        throw invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          {
            param: `messages.[${at}].role`,
          },
        );
      }
      return;
    }
    if (open.size > 0) throw unanswered([...open], at);
    open = new Set(Array.isArray(calls) ? calls.map((call: JsonObject) => call['id']) : []);
  });
  if (open.size > 0) throw unanswered([...open], messages.length);
}

function unanswered(ids: readonly unknown[], at: number): LlmApiError {
  return invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    { param: `messages.[${at}].role` },
  );
}

/** Checks what depends on the model. @throws LlmApiError as the API would answer */
export function checkOpenAiModel(request: RecordedRequest, model: Model): void {
  const { body, temperature, maxTokens = 0, promptTokens: prompt, messages } = request;
  const param = body['max_tokens'] === undefined ? 'max_completion_tokens' : 'max_tokens';
  if (maxTokens > 0 && model.parameterStyle !== 'either' && model.parameterStyle !== param) {
    throw unsupported(
      `Unsupported parameter: '${param}' is not supported with this model. Use '${model.parameterStyle}' instead.`,
      { param, code: 'unsupported_parameter' },
    );
  }
  if (model.refusesTemperature && temperature !== undefined && temperature !== 1) {
    throw unsupported(
      `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`,
      { param: 'temperature', code: 'unsupported_value' },
    );
  }
  if (maxTokens > model.maxOutput) {
    throw unsupported(
      `max_tokens is too large: ${maxTokens}. This model supports at most ${model.maxOutput} completion tokens, whereas you provided ${maxTokens}.`,
      { param, code: 'invalid_value' },
    );
  }
  if (!model.vision && messages.some((message) => message.images.length > 0)) {
    throw unsupported('Invalid content type. image_url is only supported by certain models.', {
      param: 'messages.[0].content.[0].type',
    });
  }
  if (model.alternates && !takesTurns(messages)) {
    throw unsupported(
      'After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s).',
      { type: 'invalid_message' },
    );
  }
  if (prompt > model.contextWindow) {
    throw unsupported(
      `This model's maximum context length is ${model.contextWindow} tokens. However, your messages resulted in ${prompt} tokens. Please reduce the length of the messages.`,
      { param: 'messages', code: 'context_length_exceeded' },
    );
  }
  if (prompt + maxTokens > model.contextWindow) {
    throw unsupported(
      `This model's maximum context length is ${model.contextWindow} tokens. However, you requested ${prompt + maxTokens} tokens (${prompt} in the messages, ${maxTokens} in the completion). Please reduce the length of the messages or completion.`,
      { param: 'messages', code: 'context_length_exceeded' },
    );
  }
}

function takesTurns(messages: readonly RecordedMessage[]): boolean {
  return (
    messages.every(({ role }, at) => (role === 'assistant') === (at % 2 === 1)) && messages.length % 2 === 1
  );
}
