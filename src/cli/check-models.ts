import type { AgentDefinition } from '../agents/agent-definition.ts';
import { ChatModelError } from '../agents/chat-model.ts';
import { llmConfigSchema } from '../agents/llm/llm-config.ts';
import { selectModel, type SelectedModel, type SelectTools } from '../agents/llm/select-model.ts';
import { openModels, secretOf } from '../host/agent-tools.ts';
import { loadConfig } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { InputError } from '../errors.ts';
import { silentLogger } from '../observability/logger.ts';
import { createRedactor } from '../observability/redactor.ts';
import { readPriceList } from '../prices-file/read-price-list.ts';

/** Finds out whether this machine has what LLM agents need. */
export interface ModelCheck {
  /** What is missing here, such as a provider's key; undefined when nothing is. Sends nothing. */
  checkAgent(definition: AgentDefinition): string | undefined;
  /** Asks the agent's models for a word. Returns what is wrong; undefined when they answer. */
  probeAgent(definition: AgentDefinition, signal: AbortSignal): Promise<string | undefined>;
}

/** Checks LLM agents as a host under the same environment would. Reads the environment once it is first used. */
export function createModelCheck(env: Environment): ModelCheck {
  let tools: SelectTools | undefined;
  const select = ({ config }: AgentDefinition): SelectedModel => {
    tools ??= openTools(env);
    return selectModel(llmConfigSchema.parse(config), tools);
  };
  return {
    checkAgent(definition) {
      try {
        select(definition);
        return undefined;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return error.remedy === '' ? error.message : `${error.message}. ${error.remedy}`;
      }
    },
    async probeAgent(definition, signal) {
      const { selection } = select(definition);
      try {
        await tools?.models.check(selection, signal);
        return undefined;
      } catch (error) {
        if (signal.aborted) return 'its model did not answer in time, so it was not checked';
        if (!(error instanceof ChatModelError)) throw error;
        return error.retryable ? `its model could not be checked: ${error.message}` : error.message;
      }
    },
  };
}

function openTools(env: Environment): SelectTools {
  const config = loadConfig(env);
  const redactor = createRedactor();
  const { budget, prices } = config;
  return {
    models: openModels({ config, logger: silentLogger, redactor }),
    prices: readPriceList(prices.file, { ...prices, logger: silentLogger }),
    hostBudget: budget && { kind: 'host', ...budget },
    secretOf: (setting) => secretOf(setting, env, redactor),
  };
}
