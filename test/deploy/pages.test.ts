import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/run-process.ts';

const FOLDER = 'docs/deploy';
const pages = readdirSync(path.join(ROOT, FOLDER));
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.each(pages)('%s', (page) => {
  const text = readFileSync(path.join(ROOT, FOLDER, page), 'utf8');

  it('links to nothing that is not there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
    const missing = links.filter((link) => !existsSync(path.join(ROOT, FOLDER, link)));
    expect(missing).toEqual([]);
  });

  it('names no file of deploy/ or scripts/ that is not there', () => {
    const named = [...text.matchAll(/(?<![\w/.])(?:deploy|scripts)\/[\w./-]*\w/g)].map(([file]) => file);
    // Made by whoever follows the page.
    const made = /secrets\.env$|terraform\.tfvars$/;
    expect(named.filter((file) => !made.test(file) && !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('calls no command that npm does not know', () => {
    const called = [...text.matchAll(/npm run (?:-s |--silent )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(called.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.skipIf(page === 'README.md')('says how to begin, check, upgrade, back up and roll back', () => {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    expect(headings).toEqual(
      expect.arrayContaining(['What you need', 'Install', 'Check', 'Upgrade', 'Back up', 'Roll back']),
    );
  });
});
