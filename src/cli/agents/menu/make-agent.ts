import { agentTypes } from '../../../agents/agent-types.ts';
import { printable } from '../../../agents-file/show-value.ts';
import { buildDefinition } from '../build-definition.ts';
import { nextSteps } from '../next-steps.ts';
import { type AgentDraft, saveAgent } from '../save-agent.ts';
import { type SettingTree, shownValue } from '../setting-change.ts';
import { namesSecret, variableReference } from '../../../agents/secret-settings.ts';
import { askModel } from './ask-model.ts';
import { askName } from './ask-name.ts';
import { askPersona } from './ask-persona.ts';
import { askToken } from './ask-token.ts';
import type { Session } from './session.ts';

/**
 * Makes an agent, asking only for what is needed; whatever else there is can be edited later.
 *
 * @param like - settings that it takes over, secrets in the open: then only a name and a token are asked for
 */
export async function makeAgent(session: Session, like?: SettingTree): Promise<void> {
  const name = await askName(session);
  const tree = like === undefined ? await askBasics(session, name) : { ...like, name };
  const asked = await askToken(session, {
    empty: 'Leave it empty to do this later: until then it is off Discord.',
  });
  await saveDraft(session, { definition: buildDefinition(tree, []), record: undefined, ...asked });
}

/** Shows what would be saved, asks, saves, and says what there is to do. */
export async function saveDraft(session: Session, draft: AgentDraft): Promise<boolean> {
  const { terminal, manager } = session;
  terminal.say('', ...summary(draft));
  if (!(await terminal.confirm('Save it?', true))) {
    terminal.say('Nothing was saved.');
    return false;
  }
  const saved = await saveAgent(draft, manager);
  session.changed = true;
  terminal.good(`Saved ${printable(saved.name)}.`);
  terminal.say(...nextSteps(saved, draft.report, manager.config.discord.pollIntervalMs));
  return true;
}

async function askBasics(session: Session, name: string): Promise<SettingTree> {
  const { terminal } = session;
  terminal.explain('What answers.');
  const type = await terminal.select(
    'Type:',
    [...agentTypes.values()].map(({ name: value, description }) => ({
      name: `${value}: ${description}`,
      value,
    })),
  );
  const bare: SettingTree = { name, type };
  if (type !== 'llm') return bare;
  const config = defined({ ...(await askModel(session, bare)) });
  return {
    ...bare,
    config: { ...config, ...defined({ system_prompt: await askPersona(session, undefined) }) },
  };
}

function summary({ definition, token, record }: AgentDraft): string[] {
  const config = Object.entries(definition.config).map(([key, value]) => `  ${key}: ${masked(key, value)}`);
  const tokenWords =
    token === null
      ? 'is taken away'
      : token === undefined
        ? record?.sealedToken === undefined
          ? 'none yet'
          : 'as before'
        : 'stored encrypted';
  return [
    `  name: ${printable(definition.name)}`,
    `  type: ${definition.type}`,
    ...config,
    `  token: ${tokenWords}`,
  ];
}

function masked(key: string, value: unknown): string {
  const isHidden = namesSecret(key) && variableReference(String(value)) === undefined;
  return isHidden ? 'stored encrypted' : printable(shownValue(value));
}

function defined(settings: Readonly<Record<string, unknown>>): SettingTree {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
