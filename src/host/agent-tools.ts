import type { AgentTools } from '../agents/agent-type.ts';
import type { ChatModels } from '../agents/chat-models.ts';
import { variableReference } from '../agents/secret-settings.ts';
import type { Config, HostBudget } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { runtimeConfig } from '../config/runtime-config.ts';
import type { Database } from '../database/open-database.ts';
import { InputError } from '../errors.ts';
import { isTelling } from '../observability/is-telling.ts';
import type { Logger } from '../observability/logger.ts';
import type { CallObserver, ModelObserver } from '../observability/observers/call-observer.ts';
import type { Redactor } from '../observability/redactor.ts';
import { readPriceList } from '../prices-file/read-price-list.ts';
import type { CircuitBreakers } from '../providers/circuit-breakers.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import { createChatModels, type Patience } from '../providers/open-chat-model.ts';
import type { PriceList } from '../usage/price-list.ts';
import { tellingLedger } from '../usage/telling-ledger.ts';
import { tellingModels } from './telling-models.ts';
import type { BudgetLimit } from '../usage/usage-ledger.ts';
import type { Background } from '../util/background.ts';

/** What {@link createAgentTools} puts together. */
export interface AgentToolsOptions {
  readonly config: Config;
  /** Where settings that are written as `${NAME}` are looked up. */
  readonly env: Environment;
  readonly database: Pick<Database, 'memory' | 'usage' | 'guardLog' | 'settings'>;
  readonly background: Background;
  readonly logger: Logger;
  /** Learns every key in use, so that no log line shows one. */
  readonly redactor: Redactor;
  /** How patient it is with providers; the defaults are for production. */
  readonly patience?: Partial<Patience> | undefined;
  /** Default: its own. */
  readonly breakers?: CircuitBreakers | undefined;
  /** Told of each call to a model that is over. */
  readonly onCall?: CallObserver | undefined;
  /** Told of each model that an agent begins to work with. */
  readonly onModel?: ModelObserver | undefined;
  /** Told of what fails. Default: nobody is. */
  readonly incidents?: Incidents | undefined;
}

/** What a host has for its agents: models, memory, books, prices. Sends nothing, and loads no SDK. */
export function createAgentTools(options: AgentToolsOptions): AgentTools {
  const {
    config,
    env,
    database,
    background,
    logger,
    redactor,
    onCall,
    onModel,
    incidents = NO_INCIDENTS,
  } = options;
  const readPrices = (): PriceList =>
    readPriceList(config.prices.file, {
      ...config.prices,
      logger: logger.child({ area: 'prices-file' }),
      incidents,
    });
  // A file of the operator's own has to be right at the start; ours is for those alone who ask for a price.
  const prices = config.prices.optional ? whenAsked(readPrices) : readPrices();
  return {
    ...database,
    models: onModel === undefined ? openModels(options) : tellingModels(openModels(options), prices, onModel),
    prices,
    hostBudget: presentBudget(config, database.settings),
    usage: onCall === undefined ? database.usage : tellingLedger(database.usage, prices, onCall),
    redact: (text) => redactor.redactAnswer(text),
    secretOf: (setting) => secretOf(setting, env, redactor),
    background: (what, task, about) => {
      background.add(what, task, about);
    },
    incidents,
    logger: logger.child({ area: 'agents' }),
    now: () => new Date(),
  };
}

function whenAsked(read: () => PriceList): PriceList {
  let prices: PriceList | undefined;
  return { priceOf: (provider, model) => (prices ??= read()).priceOf(provider, model) };
}

/** What the host may spend as it is set at the moment of asking: agents hold on to it. */
function presentBudget(config: Config, settings: Database['settings']): BudgetLimit {
  const present = (): HostBudget | undefined => runtimeConfig(config, settings.values).budget;
  return {
    kind: 'host',
    get nanoUsd() {
      return present()?.nanoUsd;
    },
    get tokens() {
      return present()?.tokens;
    },
  };
}

/** The way to every language model, with the host's own keys. */
export function openModels({
  config,
  logger,
  redactor,
  patience,
  breakers,
  incidents,
}: Pick<
  AgentToolsOptions,
  'config' | 'logger' | 'redactor' | 'patience' | 'breakers' | 'incidents'
>): ChatModels {
  for (const setting of Object.values(config.providers)) {
    if (setting.apiKey !== undefined && isTelling(setting.apiKey)) redactor.add(setting.apiKey);
  }
  return createChatModels({
    settings: config.providers,
    logger: logger.child({ area: 'providers' }),
    incidents,
    ...(patience !== undefined && { patience }),
    ...(breakers !== undefined && { breakers }),
  });
}

/** See `AgentTools.secretOf`. */
export function secretOf(setting: string, env: Environment, redactor: Pick<Redactor, 'add'>): string {
  const variable = variableReference(setting);
  const secret = variable === undefined ? setting : (env[variable]?.trim() ?? '');
  if (secret === '') {
    throw new InputError(
      `the variable ${String(variable)} is not set, which the agent's settings name as a key`,
      {
        remedy: 'Set it in the environment of the host, or in its .env, and start the host again.',
      },
    );
  }
  if (isTelling(secret)) redactor.add(secret);
  return secret;
}
