import { InputError } from '../../errors.ts';
import type { BudgetLimit } from '../../usage/usage-ledger.ts';
import type { AgentTools } from '../agent-type.ts';
import type { ChatModel } from '../chat-model.ts';
import type { ModelSelection } from '../chat-models.ts';
import { budgetLimitsOf, type LlmConfig } from './llm-config.ts';

/** What an agent speaks with, and what it may spend on that. */
export interface SelectedModel {
  readonly model: ChatModel;
  readonly selection: ModelSelection;
  readonly budgets: readonly BudgetLimit[];
}

/** What of a host decides whether a model can be used. */
export type SelectTools = Pick<AgentTools, 'models' | 'prices' | 'hostBudget' | 'secretOf'>;

/**
 * The model that a config selects, with its keys looked up. Sends nothing.
 *
 * @throws {InputError} when a key, a variable, an address or a price is missing on this host
 */
export function selectModel(config: LlmConfig, tools: SelectTools, agentId?: string): SelectedModel {
  const { models, hostBudget } = tools;
  const selection = selectionOf(config, tools);
  const budgets = [...budgetLimitsOf(config), ...(hostBudget === undefined ? [] : [hostBudget])];
  const model = models.open(selection, agentId);
  if (budgets.some(({ nanoUsd }) => nanoUsd !== undefined)) refuseUnpriced(selection, tools);
  return { model, selection, budgets };
}

function selectionOf({ fallbacks, ...first }: LlmConfig, { secretOf }: SelectTools): ModelSelection {
  type Choice = Pick<LlmConfig, 'provider' | 'model' | 'base_url' | 'api_key' | 'images'>;
  const choice = ({ provider, model, base_url: baseUrl, api_key: key, images }: Choice) => ({
    provider,
    model,
    baseUrl,
    apiKey: key === undefined ? undefined : secretOf(key),
    images,
  });
  return { ...choice(first), fallbacks: fallbacks.map(choice) };
}

/** A budget in money cannot be kept with a model whose price nobody knows. */
function refuseUnpriced(selection: ModelSelection, { models, prices }: SelectTools): void {
  for (const { provider, model } of models.resolve(selection)) {
    if (prices.priceOf(provider, model) !== undefined) continue;
    throw new InputError(`there is a budget in US dollars, but no price for ${provider} ${model}`, {
      remedy: 'Add its price to the price file (PRICES_FILE), or set the budget in tokens.',
    });
  }
}
