import type { ModelChoice } from '../agents/chat-models.ts';
import type { ProviderSettings } from '../config/provider-settings.ts';
import { isProviderName, PROVIDER_NAMES, type ProviderName } from '../config/provider-variables.ts';
import { InputError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import { PRESETS, type Preset } from './presets.ts';

/** A choice with everything decided. */
export interface ResolvedModel {
  readonly provider: ProviderName;
  readonly preset: Preset;
  readonly model: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Empty for a server that wants none. */
  readonly apiKey: string;
  /** Whether it sees images; undefined where what is known of the model decides. */
  readonly images: boolean | undefined;
}

/**
 * Decides what a choice leaves open.
 *
 * The host's key goes only where the host says: an agent's own address with the host's key is refused, so that
 * whoever may edit agents cannot have the key sent to a server of theirs.
 *
 * @throws {InputError} naming what is unknown or missing, and the variable to set
 */
export function resolveModel(choice: ModelChoice, settings: ProviderSettings): ResolvedModel {
  const provider = knownProvider(choice.provider);
  const preset: Preset = PRESETS[provider];
  const model = given(choice.model) ?? preset.defaultModel;
  if (model === undefined) throw new InputError(`provider ${provider} needs a model: set "model"`);
  const baseUrl = addressOf(provider, choice, settings);
  const apiKey = keyOf(provider, choice, settings);
  return { provider, preset, model, baseUrl, apiKey, images: choice.images };
}

function knownProvider(name: string): ProviderName {
  if (isProviderName(name)) return name;
  const meant = nearest(name, PROVIDER_NAMES);
  const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
  throw new InputError(`provider ${JSON.stringify(name.slice(0, 64))} is not known${hint}`, {
    remedy: `Known are ${PROVIDER_NAMES.join(', ')}.`,
  });
}

function addressOf(provider: ProviderName, choice: ModelChoice, settings: ProviderSettings): string {
  const preset: Preset = PRESETS[provider];
  const own = given(choice.baseUrl);
  if (own !== undefined && preset.keyVariables.length > 0 && given(choice.apiKey) === undefined) {
    throw new InputError(
      `provider ${provider} with a base_url of the agent's own needs an api_key of its own too`,
      { remedy: `Set both, or use provider "openai-compatible", or ${preset.baseUrlVariable ?? ''}.` },
    );
  }
  const address = own ?? settings[provider]?.baseUrl ?? preset.baseUrl;
  if (address === undefined) {
    throw new InputError(`provider ${provider} needs an address: set "base_url"`, {
      remedy: 'It usually ends in /v1, such as http://localhost:11434/v1 for Ollama.',
    });
  }
  return checkedAddress(provider, address);
}

function checkedAddress(provider: ProviderName, address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    // The address is not shown: what is wrong with it may be a password.
    throw new InputError(`the base_url for provider ${provider} is not a plain http or https address`);
  }
  const bare = address.replace(/\/+$/, '');
  // Anthropic's SDK adds the version itself.
  return PRESETS[provider].protocol === 'anthropic' ? bare.replace(/\/v1$/, '') : bare;
}

function keyOf(provider: ProviderName, choice: ModelChoice, settings: ProviderSettings): string {
  const { keyVariables, keyPage }: Preset = PRESETS[provider];
  const key = given(choice.apiKey) ?? given(settings[provider]?.apiKey);
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    // The key is not shown.
    throw new InputError(`the key for provider ${provider} holds a character that no key has`, {
      remedy: 'Copy it again: white space, typographic quotes or hyphens may have come with it.',
    });
  }
  if (key !== undefined) return key;
  if (keyVariables.length === 0) return '';
  throw new InputError(`provider ${provider} needs a key: ${keyVariables.join(' or ')} is not set`, {
    remedy: `Keys are made at ${keyPage}. An agent may also have an api_key of its own.`,
  });
}

function given(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? undefined : trimmed;
}
