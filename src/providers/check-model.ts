import type { CallMeter, ChatModel, ChatRequest } from '../agents/chat-model.ts';

/** Some models refuse a limit that leaves no room for a thought. */
const QUESTION: ChatRequest = {
  system: '',
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Say OK.' }] }],
  maxTokens: 16,
  temperature: undefined,
};

/**
 * Asks a model for one word, once. However the answer ends, the model works.
 *
 * @throws {ChatModelError} when it does not
 */
export async function checkModel(
  model: ChatModel,
  meter: CallMeter | undefined,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of model.stream({ ...QUESTION, meter }, signal)) if (event.kind === 'end') return;
}
