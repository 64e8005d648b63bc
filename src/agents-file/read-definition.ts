import { isScalar, type Node } from 'yaml';
import { agentDefinitionSchema, type AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentType } from '../agents/agent-type.ts';
import { nearest } from '../util/nearest.ts';
import { fileKey, type AgentSetting } from '../agents/agent-keys.ts';
import type { FileReport } from './file-report.ts';
import { reportIssues, type CheckedNode } from './report-issues.ts';
import { quote } from './show-value.ts';
import { shapeAt, shapeOf, type ValueShape } from '../agents/value-shape.ts';
import { offsetOf, type MapEntry } from './yaml-map.ts';
import type { YamlValues } from './yaml-value.ts';

/** What the agents of one file are read with. */
export interface AgentReader {
  readonly report: FileReport;
  readonly values: YamlValues;
  readonly types: ReadonlyMap<string, AgentType>;
}

/** One agent's settings as the file has them, by what they are for. */
export type Settings = ReadonlyMap<AgentSetting, MapEntry>;

/** What could be made of an agent's settings. */
export interface DefinitionReading {
  /** Undefined when something is wrong; that is in the report. */
  readonly definition: AgentDefinition | undefined;
  /** The name, also when something else is wrong. */
  readonly name: string | undefined;
}

/** Checks an agent's settings, and its config as its type wants it. A setting that is absent has its default. */
export function readDefinition(agent: Node, settings: Settings, reader: AgentReader): DefinitionReading {
  const { report, values } = reader;
  const before = report.errors.length;
  const shape = shapeOf(agentDefinitionSchema);
  const raw: Partial<Record<AgentSetting, unknown>> = {};
  for (const [setting, { value }] of settings) {
    if (setting === 'token' || setting === 'config') continue;
    // A setting with nothing after it is as good as none.
    raw[setting] = values.read(value, shapeAt(shape, setting)) ?? undefined;
  }
  const type = typeOf(raw.type, settings.get('type')?.value, reader);
  raw.config = readConfig(agent, settings.get('config')?.value, type, reader);
  const parsed = agentDefinitionSchema.safeParse(raw);
  for (const issue of parsed.error?.issues ?? []) {
    const setting = issue.path[0] as keyof AgentDefinition;
    const { value, key } = settings.get(setting) ?? { value: undefined, key: fileKey(setting) };
    const checked = checkedNode(agent, value, key, shapeAt(shape, setting) ?? {});
    reportIssues([{ ...issue, path: issue.path.slice(1) }], checked, values, report);
  }
  const definition = report.errors.length === before ? parsed.data : undefined;
  return { definition, name: agentDefinitionSchema.shape.name.safeParse(raw.name).data };
}

/** The kind of agent that is named, or the default one; undefined when there is none, which is reported. */
function typeOf(value: unknown, node: Node | undefined, reader: AgentReader): AgentType | undefined {
  const { report, values, types } = reader;
  if (node !== undefined && values.broken.has(node)) return undefined;
  const name = agentDefinitionSchema.shape.type.safeParse(value).data;
  const type = name === undefined ? undefined : types.get(name);
  if (name === undefined || type !== undefined || !isScalar(node)) return type;
  const known = [...types.keys()];
  const meant = values.expanded.has(node) ? undefined : nearest(name, known);
  const shown = quote(typeof node.value === 'string' ? node.value : name);
  const question = meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
  report.error(
    offsetOf(node),
    `unknown agent type ${shown}${question === '' ? `; known are: ${known.join(', ')}` : question}`,
  );
  return undefined;
}

/** The config as it is written, after its type has checked it. */
function readConfig(
  agent: Node,
  node: Node | undefined,
  type: AgentType | undefined,
  reader: AgentReader,
): unknown {
  const { report, values } = reader;
  const shape = type === undefined ? undefined : shapeOf(type.configSchema);
  const config = values.read(node, shape) ?? undefined;
  const isMap = config === undefined || (typeof config === 'object' && !Array.isArray(config));
  // Anything but a map is for the definition's schema to report.
  if (shape === undefined || !isMap) return config;
  const issues = type?.configSchema.safeParse(config ?? {}).error?.issues ?? [];
  reportIssues(issues, checkedNode(agent, node, 'config', shape), values, report);
  return config;
}

function checkedNode(agent: Node, node: Node | undefined, label: string, shape: ValueShape): CheckedNode {
  return { node, offset: offsetOf(agent), label, shape };
}
