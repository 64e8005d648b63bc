import type { AgentDefinition } from '../../../agents/agent-definition.ts';
import type { AgentRecord } from '../../../agents/agent-record.ts';
import { agentTypes } from '../../../agents/agent-types.ts';
import { fileKey, settingNames } from '../../../agents/agent-keys.ts';
import { printable, showValue } from '../../../agents-file/show-value.ts';
import { keysOf, shapeOf } from '../../../agents/value-shape.ts';
import { buildDefinition } from '../build-definition.ts';
import { checkToken } from '../../../examine/check-token.ts';
import { tokenToAsk } from '../next-steps.ts';
import { type SettingTree, shownValue } from '../setting-change.ts';
import { openTree } from '../write-commands.ts';
import type { AskedToken } from './ask-token.ts';
import { changeSetting, type EditedAgent } from './change-setting.ts';
import { Back } from './leaving.ts';
import { saveDraft } from './make-agent.ts';
import type { Session } from './session.ts';
import type { Choice } from './terminal.ts';

/** Which model answers is one question. */
const MODEL_KEYS = ['config.provider', 'config.model', 'config.base_url', 'config.api_key'];

/** Changes one setting after the other; nothing is saved before somebody says so. */
export async function editAgent(record: AgentRecord, session: Session): Promise<void> {
  const { terminal } = session;
  const draft: EditedAgent = {
    record,
    tree: openTree(record, session.manager),
    token: { token: undefined, report: undefined },
  };
  let last = 'name';
  for (;;) {
    terminal.say('');
    const key = await terminal.select('Which setting?', choices(draft), last);
    if (key === 'drop') return;
    if (key === 'save') {
      const definition = buildDefinition(draft.tree, []);
      const token = await withReport(definition, draft, session);
      await saveDraft(session, { definition, record, ...token });
      return;
    }
    await changeSetting(key, draft, session).catch(stayAtEscape);
    last = key;
  }
}

/** A setting that is given up is as it was; the others wait to be saved. */
function stayAtEscape(error: unknown): void {
  if (!(error instanceof Back)) throw error;
}

/** What begins to need the switch for message contents is looked at with the token that there is. */
async function withReport(
  definition: AgentDefinition,
  { record, token }: EditedAgent,
  { terminal, manager }: Session,
): Promise<AskedToken> {
  const stored = token.token === undefined ? tokenToAsk(definition, record, manager.store) : undefined;
  if (stored === undefined) return token;
  const finding = await terminal.wait('Asking Discord about its switches …', (signal) =>
    checkToken(stored, manager, { ownId: record.id, signal }),
  );
  if (finding.kind === 'good') return { ...token, report: finding.report };
  terminal.warn(`Its switches could not be checked: ${printable(finding.message)}`);
  return token;
}

function choices({ tree, token, record }: EditedAgent): Choice<string>[] {
  const config = (tree['config'] ?? {}) as SettingTree;
  const type = agentTypes.get(String(tree['type']));
  const configKeys = type === undefined ? [] : keysOf(shapeOf(type.configSchema));
  const isLlm = tree['type'] === 'llm';
  const top = settingNames.filter((name) => name !== 'config').map(fileKey);
  const hasToken = (token.token ?? record.sealedToken) !== undefined;
  return [
    { name: 'Save', value: 'save' },
    { name: 'Go back without saving', value: 'drop' },
    ...top.map((key) => ({ name: `${key}: ${showValue(tree[key], key)}`, value: key })),
    { name: `token: ${hasToken ? 'stored encrypted' : 'none'}`, value: 'token' },
    ...(isLlm ? [{ name: modelLine(config), value: 'model' }] : []),
    ...configKeys
      .map((key) => ({ key, path: `config.${key}` }))
      .filter(({ path }) => !isLlm || !MODEL_KEYS.includes(path))
      .map(({ key, path }) => ({
        name: `${path}: ${config[key] === undefined ? 'default' : showValue(config[key], key)}`,
        value: path,
      })),
  ];
}

function modelLine({ provider, model }: SettingTree): string {
  return `config.provider, model and key: ${printable(`${shownValue(provider)} ${shownValue(model)}`)}`;
}
