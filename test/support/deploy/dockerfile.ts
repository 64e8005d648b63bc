import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Copy, type Dockerfile, DockerfileParser, type JSONInstruction } from 'dockerfile-ast';
import { ROOT } from '../run-process.ts';

/** The project's own Dockerfile. */
export const dockerfile: Dockerfile = DockerfileParser.parse(
  readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8'),
);

/** The words of an instruction in its exec form; undefined in its shell form. */
export function execForm(instruction: JSONInstruction | undefined): string[] | undefined {
  const isList = (instruction?.getOpeningBracket() ?? undefined) !== undefined;
  return isList ? instruction?.getJSONStrings().map((text) => text.getJSONValue()) : undefined;
}

/** What the image starts. */
export const startCommand: readonly string[] = execForm(dockerfile.getCMDs()[0]) ?? [];

/** What the image's health check runs. */
export const healthCommand: readonly string[] = (() => {
  const [check] = dockerfile.getHEALTHCHECKs();
  const [, words = '[]'] = /CMD\s+(\[.*\])/s.exec(check?.getTextContent() ?? '') ?? [];
  return JSON.parse(words) as string[];
})();

/** The variables that the image sets. */
export const imageEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  dockerfile
    .getENVs()
    .flatMap((env) => env.getProperties().map((pair) => [pair.getName(), pair.getValue() ?? ''])),
);

/** What goes from the project's folder into the image that runs: sources and where they go, below the image's own folder. */
export function copiedFiles(): { readonly from: readonly string[]; readonly to: string }[] {
  const last = dockerfile.getFROMs().length - 1;
  const begin = dockerfile.getFROMs()[last]?.getRange().start.line ?? 0;
  return dockerfile
    .getCOPYs()
    .filter((copy) => copy.getRange().start.line > begin && fromStage(copy) === undefined)
    .map((copy) => {
      const words = copy.getArguments().map((word) => word.getValue());
      return { from: words.slice(0, -1), to: words.at(-1) ?? '' };
    });
}

/** The stage that is copied from; undefined: the project's folder. */
export function fromStage(copy: Copy): string | undefined {
  return copy.getFromFlag()?.getValue() ?? undefined;
}
