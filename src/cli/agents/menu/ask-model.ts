import type { AgentDefinition } from '../../../agents/agent-definition.ts';
import { printable } from '../../../agents-file/show-value.ts';
import { PROVIDER_NAMES, type ProviderName } from '../../../config/provider-variables.ts';
import { PRESETS, type Preset } from '../../../providers/presets.ts';
import { buildDefinition } from '../build-definition.ts';
import { checkModel } from '../../../examine/check-model.ts';
import type { SettingTree } from '../setting-change.ts';
import type { Session } from './session.ts';
import type { Choice } from './terminal.ts';

/** What decides which model answers; what is undefined has its default. */
export interface ModelSettings {
  readonly provider: ProviderName;
  readonly model: string | undefined;
  readonly base_url: string | undefined;
  readonly api_key: string | undefined;
}

/**
 * Asks which model answers, and has it say a word.
 *
 * @param tree - the agent for which it is asked, secrets in the open
 */
export async function askModel(session: Session, tree: SettingTree): Promise<ModelSettings> {
  const { terminal } = session;
  let settings = await askSettings(session, tree);
  for (;;) {
    const finding = await terminal.wait('Asking the model for a word …', (signal) =>
      checkModel(definitionWith(settings, tree), session.manager.tools, { signal }),
    );
    if (finding.kind === 'good') {
      terminal.good(`${settings.model ?? settings.provider} answers.`);
      return settings;
    }
    if (finding.kind === 'wrong') terminal.bad(printable(finding.message));
    else terminal.warn(`It cannot be reached: ${printable(finding.message)}`);
    const next = await terminal.select('And now?', [
      { name: 'Choose provider, model and key again', value: 'choose' },
      { name: 'Try again', value: 'again' },
      { name: 'Go on all the same', value: 'go' },
    ]);
    if (next === 'go') return settings;
    if (next === 'choose') settings = await askSettings(session, tree);
  }
}

function definitionWith(settings: ModelSettings, tree: SettingTree): AgentDefinition {
  const changes = Object.entries(settings).map(([key, value]) => ({
    key: `config.${key}`,
    value: value as unknown,
  }));
  return buildDefinition(tree, changes);
}

async function askSettings(session: Session, { config }: SettingTree): Promise<ModelSettings> {
  const { terminal, manager } = session;
  const present = (config ?? {}) as Partial<ModelSettings>;
  terminal.explain('Whose model answers. Those whose key is in the environment come first.');
  const provider = await terminal.select('Provider:', providerChoices(session), present.provider);
  const isSame = provider === present.provider;
  const preset: Preset = PRESETS[provider];
  const base_url = preset.baseUrl === undefined ? await askAddress(session, present.base_url) : undefined;
  terminal.explain(`Its name, as the provider writes it. They are listed at ${preset.modelPage}.`);
  const initial = (isSame ? present.model : undefined) ?? preset.defaultModel;
  const model = await terminal.input('Model:', {
    ...(initial !== undefined && { initial }),
    validate: (text) => text.trim() !== '' || 'It needs a name.',
  });
  const hasKey = manager.config.providers[provider]?.apiKey !== undefined;
  const isNeeded = preset.keyVariables.length > 0 && !hasKey;
  const ownKey = isSame ? present.api_key : undefined;
  const api_key = isNeeded || ownKey !== undefined ? await askKey(session, preset, ownKey) : undefined;
  return {
    provider,
    model: model.trim(),
    base_url: base_url ?? (isSame ? present.base_url : undefined),
    api_key,
  };
}

function providerChoices({ manager }: Session): Choice<ProviderName>[] {
  const { providers } = manager.config;
  const hasKey = (name: ProviderName): boolean => providers[name]?.apiKey !== undefined;
  const sorted = PROVIDER_NAMES.toSorted((a, b) => Number(hasKey(b)) - Number(hasKey(a)));
  return sorted.map((name) => {
    const { keyVariables }: Preset = PRESETS[name];
    if (hasKey(name)) return { name: `${name}  (its key is here)`, value: name };
    const needs =
      keyVariables.length === 0
        ? 'Ollama, LM Studio, vLLM, …: any server that speaks as OpenAI does'
        : `${keyVariables.join(' or ')} is not set; you will be asked for a key`;
    return { name, value: name, description: needs };
  });
}

function askAddress({ terminal }: Session, initial = 'http://localhost:11434/v1'): Promise<string> {
  terminal.explain('Where the server is; the address usually ends in /v1.');
  return terminal.input('Address:', {
    initial,
    validate: (text) => /^https?:\/\/[^\s/]/.test(text.trim()) || 'It begins with http:// or https://.',
  });
}

/** @returns the key, or `${NAME}`; undefined: it has none of its own */
async function askKey(
  { terminal, manager }: Session,
  { keyPage, keyVariables }: Preset,
  present: string | undefined,
): Promise<string | undefined> {
  terminal.explain(`The provider wants a key. They are made at ${keyPage}.`);
  const host = keyVariables[0];
  const how = await terminal.select<'keep' | 'type' | 'variable' | 'host'>('Key:', [
    ...(present === undefined ? [] : [{ name: 'Keep the one it has', value: 'keep' } as const]),
    { name: 'Type it here; it is stored encrypted', value: 'type' },
    { name: 'Name a variable of the host that holds it', value: 'variable' },
    ...(host === undefined ? [] : [{ name: `None of its own: the host's ${host}`, value: 'host' } as const]),
  ]);
  if (how === 'keep') return present;
  if (how === 'host') return undefined;
  if (how === 'type') {
    const key = await terminal.secret('Key:', (text) => text.trim() !== '' || 'It needs a key.');
    return key.trim();
  }
  const name = await terminal.input('Variable:', {
    validate: (text) => /^[A-Za-z_]\w*$/.test(text) || 'A variable has letters, digits and _ in its name.',
  });
  if (manager.env[name] === undefined)
    terminal.warn(`${name} is not set here; it has to be where the host runs.`);
  return `\${${name}}`;
}
