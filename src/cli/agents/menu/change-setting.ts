import type { AgentRecord } from '../../../agents/agent-record.ts';
import { agentTypes } from '../../../agents/agent-types.ts';
import { fileKey } from '../../../agents/agent-keys.ts';
import { printable } from '../../../agents-file/show-value.ts';
import { InputError } from '../../../errors.ts';
import { buildDefinition } from '../build-definition.ts';
import { type SettingTree, shownValue, typedValue, withChange } from '../setting-change.ts';
import { askModel } from './ask-model.ts';
import { askName } from './ask-name.ts';
import { askPersona } from './ask-persona.ts';
import { askToken, type AskedToken } from './ask-token.ts';
import type { Session } from './session.ts';

/** An agent while it is edited. */
export interface EditedAgent {
  readonly record: AgentRecord;
  /** Its settings by now, secrets in the open. */
  tree: SettingTree;
  /** The token that it is to get, if any. */
  token: AskedToken;
}

/** Asks for one setting, by its key in an agents file; `model` stands for provider, model and key. */
export async function changeSetting(key: string, draft: EditedAgent, session: Session): Promise<void> {
  const { record, tree } = draft;
  if (key === 'name')
    set(draft, 'name', await askName(session, { initial: String(tree['name']), ownId: record.id }));
  else if (key === 'token') {
    const asked = await askToken(session, {
      ownId: record.id,
      empty: 'Leave it empty to keep things as they are.',
    });
    if (asked.token !== undefined) draft.token = asked;
  } else if (key === 'model') {
    for (const [part, value] of Object.entries(await askModel(session, tree)))
      set(draft, `config.${part}`, value);
  } else if (key === 'config.system_prompt') {
    const present = (tree['config'] as SettingTree)['system_prompt'];
    set(draft, key, await askPersona(session, present as string | undefined));
  } else await changeAny(key, draft, session);
}

/** Any other setting is typed as in an agents file, and checked as there. */
async function changeAny(key: string, draft: EditedAgent, session: Session): Promise<void> {
  const { terminal } = session;
  const { tree } = draft;
  if (key === 'type') {
    const types = [...agentTypes.keys()].map((name) => ({ name, value: name }));
    const type = await terminal.select('type:', types, String(tree['type']));
    if (type === tree['type']) return;
    draft.tree = { ...tree, type, config: {} };
    if (type === 'llm') await changeSetting('model', draft, session);
    return;
  }
  const [first = '', second] = key.split('.');
  const present = second === undefined ? tree[first] : (tree[first] as SettingTree)[second];
  if (typeof present === 'boolean') {
    set(draft, key, await terminal.confirm(`${key}?`, present));
    return;
  }
  terminal.explain(
    'As in an agents file: 5, true, [1, 2], {from: 256, until: 4096, increment: 256}. Empty: the default.',
  );
  const check = (text: string): true | string => complaintOf(tree, key, text) ?? true;
  const typed = await terminal.amend(`${key}:`, shownValue(present), check);
  set(draft, key, typedValue(typed));
}

function complaintOf(tree: SettingTree, key: string, text: string): string | undefined {
  try {
    buildDefinition(tree, [{ key, value: typedValue(text) }]);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return printable(error.message.replaceAll('\n', '; '));
    throw error;
  }
}

/** Keeps the tree plain: what was typed becomes the value that it means. */
function set(draft: EditedAgent, key: string, value: unknown): void {
  const { config, ...settings } = buildDefinition(withChange(draft.tree, { key, value }), []);
  draft.tree = {
    ...Object.fromEntries(Object.entries(settings).map(([name, plain]) => [fileKey(name as 'name'), plain])),
    config,
  };
}
