import { isMap, isSeq, type Node } from 'yaml';
import { agentTypes } from '../agents/agent-types.ts';
import { AMIBOT, readAmibot } from './amibot-file.ts';
import { duplicates } from './duplicates.ts';
import { AgentsFileError, type FileProblem } from './file-problem.ts';
import { openDocument, type OpenDocument } from './open-document.ts';
import { parseAgent, type AgentReading } from './parse-agent.ts';
import type { ParsedAgents, ParseOptions } from './parsed-agents.ts';
import { unknownKey } from '../agents/issue-words.ts';
import { entriesOf, keyNodeOf, offsetOf } from './yaml-map.ts';
import { YamlValues } from './yaml-value.ts';

/** The key at the top of an agents file; AmiBot's own configuration has another. */
const TOP = 'agents';

/** An agents file's text, and what the file is called in messages. */
export interface AgentsText {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads the agents of one file's text.
 *
 * @throws {AgentsFileError} holding everything that is wrong with it.
 */
export function parseAgentsFile(
  text: string,
  options: ParseOptions & { readonly file: string },
): ParsedAgents {
  return parseAgentsFiles([{ file: options.file, text }], options);
}

/**
 * Reads the agents of several files, as if they were one.
 *
 * @throws {AgentsFileError} holding everything that is wrong with any of them.
 */
export function parseAgentsFiles(files: readonly AgentsText[], options: ParseOptions): ParsedAgents {
  const documents = files.map(({ file, text }) => openDocument(file, text));
  const readings = documents.flatMap((document) => readAgents(document, options));
  const errors = [
    ...documents.flatMap(({ report }) => report.errors),
    ...duplicates(
      'the name',
      readings.map(({ name }) => name),
    ),
    ...duplicates(
      'the token',
      readings.map(({ token }) => token),
    ),
  ];
  const order = new Map(files.map(({ file }, index) => [file, index]));
  if (errors.length > 0) throw new AgentsFileError(inOrder(errors, order));
  return {
    agents: readings.flatMap(({ agent }) => agent ?? []),
    warnings: inOrder(
      documents.flatMap(({ report }) => report.warnings),
      order,
    ),
  };
}

function readAgents({ document, report, text }: OpenDocument, options: ParseOptions): AgentReading[] {
  if (document === undefined) return [];
  const values = new YamlValues(report, text, options.env);
  const reader = { report, values, types: options.types ?? agentTypes };
  const top = document.contents;
  if (keyNodeOf(top ?? undefined, AMIBOT) !== undefined) return [readAmibot(top as Node, reader)];
  return (findList(top, report) ?? []).map((item) => parseAgent(item, reader));
}

function findList(top: Node | null, report: OpenDocument['report']): Node[] | undefined {
  if (!isMap<Node, Node>(top)) {
    report.error(
      top === null ? 0 : offsetOf(top),
      `the file must begin with "${TOP}:" and have a list under it`,
    );
    return undefined;
  }
  const entries = entriesOf(top, report);
  for (const { key, keyNode } of entries) {
    if (key !== TOP) report.error(offsetOf(keyNode), unknownKey(key, [TOP]));
  }
  const entry = entries.find(({ key }) => key === TOP);
  if (entry === undefined) {
    if (entries.length === 0) report.error(offsetOf(top), `"${TOP}:" is missing`);
    return undefined;
  }
  if (isSeq<Node>(entry.value)) return entry.value.items;
  report.error(offsetOf(entry.value ?? entry.keyNode), `"${TOP}" must be a list; write [] for none`);
  return undefined;
}

function inOrder(problems: readonly FileProblem[], files: ReadonlyMap<string, number>): FileProblem[] {
  const rank = ({ file }: FileProblem): number => files.get(file) ?? 0;
  return problems.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}
