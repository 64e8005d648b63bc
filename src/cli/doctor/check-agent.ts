import { agentTypes } from '../../agents/agent-types.ts';
import { llmAgentType } from '../../agents/llm/llm-agent.ts';
import type { ModelCheck } from '../check-models.ts';
import { attempt } from './attempt.ts';
import { checkApplication } from './check-application.ts';
import { type Finding, ok, skipped, warning, wrong } from './finding.ts';
import type { AgentOrLocked, OpenedAgent } from './open-agents.ts';

/** What agents are checked with. */
export interface AgentCheckTools {
  readonly apiUrl: string;
  readonly models: ModelCheck;
  /** Why Discord is not asked; undefined when it is. */
  readonly noDiscord: string | undefined;
  /** Why models are not asked; undefined when they are. */
  readonly noModels: string | undefined;
  /** How long a check may take, in milliseconds. */
  readonly timeout: number;
}

/** What is wrong with one agent. Never throws. */
export async function checkAgent(agent: AgentOrLocked, tools: AgentCheckTools): Promise<readonly Finding[]> {
  if ('lock' in agent) return [wrong('secrets', agent.lock.message, agent.lock.remedy)];
  const settings = checkConfig(agent);
  const [discord, model] = await Promise.all([
    checkToken(agent, tools),
    settings.status === 'ok' && agent.record.type === llmAgentType.name ? checkModel(agent, tools) : [],
  ]);
  return [settings, ...discord, ...model];
}

function checkConfig({ record: { type }, config }: OpenedAgent): Finding {
  const agentType = agentTypes.get(type);
  if (agentType === undefined) {
    const remedy = `Give it one of: ${[...agentTypes.keys()].join(', ')}.`;
    return wrong('settings', `there is no agent type ${type}`, remedy);
  }
  const { error } = agentType.configSchema.safeParse(config);
  if (error === undefined) return ok('settings', `fit the type ${type}`);
  const issues = error.issues.map(({ path, message }) => `${['config', ...path].join('.')}: ${message}`);
  return wrong('settings', issues.join('; '), 'Correct them with `npm run agents`, or in its file.');
}

async function checkToken(
  { record, token, config }: OpenedAgent,
  { noDiscord, timeout, apiUrl }: AgentCheckTools,
): Promise<readonly Finding[]> {
  if (token === undefined) {
    const remedy = 'Enter one with `npm run agents`, or in its file.';
    return [warning('token', 'it has none, so it stays off Discord', remedy)];
  }
  if (noDiscord !== undefined) return [skipped('token', noDiscord)];
  return attempt('token', timeout, (signal) =>
    checkApplication(token, { ...record, config }, apiUrl, signal),
  );
}

async function checkModel(
  { record, config }: OpenedAgent,
  { models, noModels, timeout }: AgentCheckTools,
): Promise<readonly Finding[]> {
  return attempt('model', timeout, async (signal) => {
    const definition = { ...record, config };
    const lacking = models.checkAgent(definition);
    if (lacking !== undefined) return [wrong('model', lacking, '')];
    if (noModels !== undefined) return [skipped('model', noModels)];
    const problem = await models.probeAgent(definition, signal);
    const remedy = 'Check the key, the name of the model and the state of the provider.';
    return [problem === undefined ? ok('model', 'answers') : wrong('model', problem, remedy)];
  });
}
