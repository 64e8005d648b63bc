import { agentTypes } from '../../agents/agent-types.ts';
import { PROVIDER_NAMES } from '../../config/provider-variables.ts';

/** How an option becomes a setting. */
export interface SettingOption {
  /** As commander takes them. */
  readonly flags: string;
  readonly description: string;
  /** As in an agents file, with dots between. */
  readonly key: string;
  /** `text` is taken as it stands, `value` as YAML, `ids` can be given several times, `switch` is on or off. */
  readonly kind: 'text' | 'value' | 'ids' | 'switch';
}

const option = (
  flags: string,
  key: string,
  kind: SettingOption['kind'],
  description: string,
): SettingOption => ({ flags, key, kind, description });

/** The options of the common settings; every other has `--set`. */
export const SETTING_OPTIONS: readonly SettingOption[] = [
  option('--type <type>', 'type', 'text', `what answers: ${[...agentTypes.keys()].join(' or ')}`),
  option('--enabled', 'enabled', 'switch', 'run it (the default)'),
  option('--no-enabled', 'enabled', 'switch', 'do not run it'),
  option('--respond-to-dm', 'respond_to_dm', 'switch', 'answer direct messages (the default)'),
  option('--no-respond-to-dm', 'respond_to_dm', 'switch', 'answer none'),
  option('--respond-to-everyone', 'respond_to_everyone', 'switch', 'count @everyone as a mention'),
  option('--no-respond-to-everyone', 'respond_to_everyone', 'switch', 'do not (the default)'),
  option('--respond-without-mention', 'respond_without_mention', 'switch', 'answer every message'),
  option('--no-respond-without-mention', 'respond_without_mention', 'switch', 'do not (the default)'),
  option('--guild <id>', 'guild_whitelist', 'ids', 'answer in this server only (repeatable)'),
  option('--channel <id>', 'channel_whitelist', 'ids', 'answer in this channel only (repeatable)'),
  option('--allow-user <id>', 'allowed_users', 'ids', 'answer this user only (repeatable)'),
  option('--allow-role <id>', 'allowed_roles', 'ids', 'answer who has this role only (repeatable)'),
  option('--block-user <id>', 'blocked_users', 'ids', 'do not answer this user (repeatable)'),
  option('--rate-limit <n>', 'rate_limit', 'value', 'messages of a user in a minute; 0: no limit'),
  option('--prefix <text>', 'config.prefix', 'text', 'echo: what stands before the answer'),
  option('--suffix <text>', 'config.suffix', 'text', 'echo: what stands behind it'),
  option('--provider <name>', 'config.provider', 'text', `llm: ${PROVIDER_NAMES.join(', ')}`),
  option('--model <name>', 'config.model', 'text', "llm: the model (default: the provider's)"),
  option('--base-url <url>', 'config.base_url', 'text', 'llm: the address of an openai-compatible server'),
  option('--system-prompt <text>', 'config.system_prompt', 'text', 'llm: who it is'),
  option('--max-tokens <n>', 'config.max_tokens', 'value', 'llm: the most tokens of an answer'),
  option('--max-history <n>', 'config.max_history', 'value', 'llm: turns that the model sees'),
  option('--temperature <n>', 'config.temperature', 'value', 'llm: from 0 to 2'),
];
