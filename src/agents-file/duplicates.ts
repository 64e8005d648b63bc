import type { FilePlace, FileProblem } from './file-problem.ts';
import type { UniqueValue } from './parse-agent.ts';

/** One problem for every value that an earlier agent has already, at the later place. */
export function duplicates(what: string, values: readonly (UniqueValue | undefined)[]): FileProblem[] {
  const first = new Map<string, FilePlace>();
  const problems: FileProblem[] = [];
  for (const found of values) {
    if (found === undefined) continue;
    const { value, where } = found;
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, where);
    else
      problems.push({ ...where, message: `${what} is already that of the agent ${at(earlier, where.file)}` });
  }
  return problems;
}

function at({ file, line }: FilePlace, here: string): string {
  return file === here ? `on line ${line}` : `at ${file}:${line}`;
}
