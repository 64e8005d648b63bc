import type { ChatRequest, ChatUsage } from '../agents/chat-model.ts';
import { estimateTokens } from '../agents/tokens.ts';
import type { SdkEvent } from './sdk-model.ts';

/** What providers count for a picture of usual size. */
const IMAGE_TOKENS = 1_000;
const MESSAGE_TOKENS = 4;

/** Nothing at all. */
export const NOTHING_USED: ChatUsage = { input: 0, cached: 0, output: 0 };

/** Follows what one call uses, from what comes of it. */
export class CallUsage {
  /** Whether anything came, if only a sign of life: then the model has begun to work. */
  hasBegun = false;
  #told = NOTHING_USED;
  #isFinal = false;
  #text = '';
  readonly #request: ChatRequest;
  readonly #seesImages: boolean;

  constructor(request: ChatRequest, seesImages: boolean) {
    this.#request = request;
    this.#seesImages = seesImages;
  }

  take(event: SdkEvent): void {
    this.hasBegun = true;
    if (event.kind === 'text') this.#text += event.text;
    else this.#told = event.usage;
    this.#isFinal = event.kind === 'end';
  }

  /** What was used so far. What the provider did not count, or not to the end, is estimated from the texts. */
  sum(): { usage: ChatUsage; counted: boolean } {
    const { input, cached, output } = this.#told;
    const counted = this.#isFinal && input > 0 && (output > 0 || this.#text === '');
    if (counted) return { usage: this.#told, counted };
    const usage = {
      input: input > 0 ? input : estimatePrompt(this.#request, this.#seesImages),
      cached,
      // A count that comes early is one of the beginning.
      output: Math.max(output, estimateTokens(this.#text)),
    };
    return { usage, counted };
  }
}

function estimatePrompt({ system, messages }: ChatRequest, seesImages: boolean): number {
  let sum = estimateTokens(system);
  for (const { parts } of messages) {
    sum += MESSAGE_TOKENS;
    for (const part of parts) {
      if (part.kind === 'text') sum += estimateTokens(part.text);
      else if (seesImages) sum += IMAGE_TOKENS;
    }
  }
  return sum;
}
