import { type ChatModel, ChatModelError } from '../agents/chat-model.ts';
import type { ChatModels, ModelSelection } from '../agents/chat-models.ts';
import type { ProviderSettings } from '../config/provider-settings.ts';
import type { Logger } from '../observability/logger.ts';
import { BACK_OFFS } from '../recovery/back-offs.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import type { BackOff } from '../util/back-off.ts';
import { sleep as realSleep } from '../util/sleep.ts';
import { AnthropicModel } from './anthropic-model.ts';
import { checkModel } from './check-model.ts';
import { CircuitBreakers } from './circuit-breakers.ts';
import { LearnedTraits } from './learned-traits.ts';
import { OpenAiModel } from './openai-model.ts';
import { type ResolvedModel, resolveModel } from './resolve-model.ts';
import type { ModelOf, SdkEvent, SdkModelTools } from './sdk-model.ts';
import { withDeadlines } from './with-deadlines.ts';
import { withFallbacks } from './with-fallbacks.ts';
import { type IncidentTools, withIncidents } from './with-incidents.ts';
import { withMeter } from './with-meter.ts';
import { type RetryTools, withRetries } from './with-retries.ts';

/** How patient a host is with its providers. All times are milliseconds. */
export interface Patience {
  /** A stream that brings nothing for so long is given up. */
  readonly idle: number;
  /** The same before the first sign of life of models that think in silence (OpenAI's reasoning models). */
  readonly silentThought: number;
  /** One answer: all tries, waits and fallbacks together. */
  readonly deadline: number;
  /** Tries of one model for one answer. */
  readonly attempts: number;
  /** Between tries. */
  readonly backOff: BackOff;
  /** A provider that asks to wait longer is not waited for. */
  readonly longestWait: number;
}

/** What a host does unless it is told otherwise. */
export const PATIENCE = {
  idle: 30_000,
  silentThought: 120_000,
  deadline: 300_000,
  attempts: 3,
  backOff: BACK_OFFS.model,
  longestWait: 30_000,
} as const satisfies Patience;

/** What models are opened with. */
export interface ChatModelsOptions extends Partial<RetryTools>, Partial<Omit<SdkModelTools, 'traits'>> {
  /** The host's own keys and addresses. */
  readonly settings: ProviderSettings;
  readonly logger: Logger;
  /** Default: new ones. */
  readonly breakers?: CircuitBreakers;
  readonly patience?: Partial<Patience>;
  /** Told of models that fail. Default: nobody is. */
  readonly incidents?: Incidents | undefined;
}

/** Opens the way to every language model. Sends nothing, and loads no SDK until a model is first asked. */
export function createChatModels(options: ChatModelsOptions): ChatModels {
  const { settings, logger, random = Math.random, sleep = realSleep, now = Date.now, fetch } = options;
  const { incidents = NO_INCIDENTS } = options;
  const patience = { ...PATIENCE, ...options.patience };
  const breakers = options.breakers ?? new CircuitBreakers(logger);
  const tools: SdkModelTools = { traits: new LearnedTraits(logger, incidents), now, fetch };
  const checked = new Map<string, Promise<void>>();

  /** One call: the meter around the deadline, since the time that it takes is not the provider's. */
  const metered = (target: ResolvedModel): ChatModel =>
    withMeter(
      withDeadlines(bare(target, tools), () => idleDeadlines(target, tools, patience)),
      { now, logger, server: serverOf(target) },
    );

  const dependable = (target: ResolvedModel, circuit: string, told: IncidentTools): ChatModel =>
    withRetries(withIncidents(breakers.protect(metered(target), circuit, told.agentId), told), patience, {
      random,
      sleep,
      logger,
    });
  return {
    open(selection, agentId) {
      const told = { incidents, agentId };
      const [first, ...others] = resolveAll(selection, settings);
      const circuits = new Set([circuitOf(first)]);
      const fallbacks = others.map((target) => {
        const circuit = circuitOf(target);
        // Another model of the same provider and key stands in for the one that fails: not behind its circuit.
        const own = circuits.has(circuit) ? `${circuit} ${target.model}` : circuit;
        circuits.add(own);
        return dependable(target, own, told);
      });
      const model = withFallbacks([dependable(first, circuitOf(first), told), ...fallbacks], logger, told);
      return withDeadlines(model, { total: patience.deadline });
    },
    resolve: (selection) =>
      resolveAll(selection, settings).map(({ provider, model }) => ({ provider, model })),
    async check(selection, signal, meter) {
      for (const target of resolveAll(selection, settings)) {
        const model = withDeadlines(metered(target), { total: patience.deadline });
        await once(checked, `${circuitOf(target)} ${target.model}`, () => checkModel(model, meter, signal));
      }
    },
  };
}

function resolveAll(
  { fallbacks = [], ...first }: ModelSelection,
  settings: ProviderSettings,
): [ResolvedModel, ...ResolvedModel[]] {
  return [resolveModel(first, settings), ...fallbacks.map((choice) => resolveModel(choice, settings))];
}

function bare(target: ResolvedModel, tools: SdkModelTools): ModelOf<SdkEvent> {
  const options = { ...tools, target };
  return target.preset.protocol === 'anthropic' ? new AnthropicModel(options) : new OpenAiModel(options);
}

function idleDeadlines(target: ResolvedModel, { traits }: SdkModelTools, { idle, silentThought }: Patience) {
  const { thinksSilently, streams } = traits.of(target);
  return thinksSilently || !streams ? { idle, first: silentThought } : { idle };
}

function serverOf({ baseUrl }: ResolvedModel): { address: string; port: number } {
  const { hostname, port, protocol } = new URL(baseUrl);
  return {
    address: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}

function circuitOf({ provider, baseUrl, apiKey }: ResolvedModel): string {
  return `${provider} ${baseUrl} ${apiKey}`;
}

/** Does what succeeded before only once, and what is being done no second time beside it. */
async function once(
  running: Map<string, Promise<void>>,
  key: string,
  action: () => Promise<void>,
): Promise<void> {
  const others = running.get(key);
  // Whoever does it may give up, which says nothing about the model.
  if (others !== undefined && !(await isGivenUp(others))) return others;
  const own = action();
  running.set(key, own);
  try {
    await own;
  } catch (error) {
    if (running.get(key) === own) running.delete(key);
    throw error;
  }
}

async function isGivenUp(running: Promise<void>): Promise<boolean> {
  try {
    await running;
    return false;
  } catch (error) {
    return !(error instanceof ChatModelError);
  }
}
