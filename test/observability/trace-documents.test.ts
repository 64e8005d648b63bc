import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Where a span begins, and what it is called. */
const BEGINNING = /(?:\binSpan|\bwriting|\.child|\bbegin)\((?:[^'`)]*, )?(?:'([a-z ]+)'|`([^`]+)`)/g;

it('every span that there is stands in the documentation, and no other', () => {
  const sources = globSync('src/{messages,agents}/**/*.ts', { cwd: ROOT });
  const begun = sources
    .flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(BEGINNING)])
    .map(([, name, template = '']) => name ?? template.replace(/\$\{.*?\}/, 'MODEL'));
  const [, section = ''] =
    /^### What a trace shows\n(.*?)^The summary/ms.exec(
      readFileSync(join(ROOT, 'docs/observability.md'), 'utf8'),
    ) ?? [];
  const documented = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect([...new Set(begun)].sort()).toEqual(documented.toSorted());
});
