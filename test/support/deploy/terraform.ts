import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../run-process.ts';

/** Where the Terraform files are. */
export const ECS_FOLDER = path.join(ROOT, 'deploy/ecs');

/** A file of Terraform: its text, and the same without comments and without what stands in quotes. */
export interface TerraformFile {
  readonly name: string;
  readonly text: string;
  readonly code: string;
}

/** Every `*.tf` of deploy/ecs. */
export function readTerraform(): TerraformFile[] {
  return readdirSync(ECS_FOLDER)
    .filter((name) => name.endsWith('.tf'))
    .map((name) => {
      const text = readFileSync(path.join(ECS_FOLDER, name), 'utf8');
      const uncommented = text.replaceAll(/^\s*#.*$/gm, '');
      return { name, text: uncommented, code: uncommented.replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""') };
    });
}

/** The body of each block of a kind, by its labels, joined with dots: `variable`, `resource`, … */
export function blocksOf(files: readonly TerraformFile[], kind: string): Map<string, string> {
  const pattern = new RegExp(`^${kind}((?: "[^"]+")*) \\{(.*?)^\\}|^${kind}((?: "[^"]+")+) \\{\\}`, 'gms');
  return new Map(
    files.flatMap(({ text }) =>
      [...text.matchAll(pattern)].map(([, labels = '', body = '', alone = '']): [string, string] => [
        (labels + alone).trim().replaceAll('" "', '.').replaceAll('"', ''),
        body,
      ]),
    ),
  );
}
