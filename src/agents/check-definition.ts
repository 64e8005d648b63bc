import { nearest } from '../util/nearest.ts';
import { type AgentDefinition, agentDefinitionSchema } from './agent-definition.ts';
import { fileKey, settingNames } from './agent-keys.ts';
import { agentTypes } from './agent-types.ts';
import { type InputProblem, MOST_PROBLEMS, ProblemsError, problemsOf } from './input-problems.ts';
import { quote } from './show-value.ts';
import { shapeAt, shapeOf } from './value-shape.ts';

/** The settings of an agent by their keys in an agents file, secrets in the open. */
export type AgentSettings = Readonly<Record<string, unknown>>;

/** The settings of a definition by their keys in an agents file. */
export function settingsOf(definition: AgentDefinition): AgentSettings {
  return Object.fromEntries(settingNames.map((name) => [fileKey(name), definition[name]]));
}

/** The definition in a row of the agents table, and nothing else of it; secrets stay as they are stored. */
export function definitionOf(agent: AgentDefinition): AgentDefinition {
  return agentDefinitionSchema.parse(Object.fromEntries(settingNames.map((name) => [name, agent[name]])));
}

/**
 * The definition that these settings make, checked as an agents file is. One that is absent has its default.
 *
 * @throws {ProblemsError} with everything that is wrong
 */
export function checkDefinition(settings: AgentSettings): AgentDefinition {
  const raw = Object.fromEntries(settingNames.map((name) => [name, settings[fileKey(name)]]));
  const parsed = agentDefinitionSchema.safeParse(raw);
  const shape = shapeOf(agentDefinitionSchema);
  const problems = (parsed.error?.issues ?? []).slice(0, MOST_PROBLEMS).flatMap((issue) => {
    const [name = '', ...path] = issue.path;
    const label = fileKey(name as keyof AgentDefinition);
    const checked = { value: raw[String(name)], shape: shapeAt(shape, String(name)), label };
    return problemsOf([{ ...issue, path }], checked);
  });
  problems.push(...problemsOfType(settings));
  if (parsed.data === undefined || problems.length > 0) throw new ProblemsError(problems);
  return parsed.data;
}

/** What its type finds: that there is none of that name, or what is wrong with the config. */
function problemsOfType({ type = 'echo', config = {} }: AgentSettings): InputProblem[] {
  if (typeof type !== 'string') return [];
  const agentType = agentTypes.get(type);
  if (agentType === undefined) {
    const known = [...agentTypes.keys()];
    const meant = nearest(type, known);
    const hint = meant === undefined ? `; known are: ${known.join(', ')}` : `; did you mean ${quote(meant)}?`;
    return [{ path: 'type', message: `unknown agent type ${quote(type)}${hint}` }];
  }
  // Anything but a map is for the definition's own schema to tell.
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return [];
  const issues = agentType.configSchema.safeParse(config).error?.issues ?? [];
  return problemsOf(issues, { value: config, shape: shapeOf(agentType.configSchema), label: 'config' });
}
