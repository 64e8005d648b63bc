import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { sourcesOf } from '../../src/config/sources.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
/** Names as programs take them, in the order in which they stand there. */
const settings = [...ALL_SETTINGS];

describe('.env.example', () => {
  const examples = parse(read('.env.example').replaceAll(/^#(?=[A-Z_]+=)/gm, ''));

  it.each(settings)('has %s, with its default', (name, { default: value }) => {
    // The addresses that providers have anyway are theirs, not defaults of ours.
    const isAddress = name.endsWith('_BASE_URL');
    expect(examples).toHaveProperty(name, isAddress ? expect.stringMatching(/^https:/) : value);
  });

  it('says nothing that is wrong or unknown, also when all of it is uncommented', () => {
    const named = Object.keys(examples).filter((name) => !name.endsWith('_TOKEN'));
    expect(named.filter((name) => !ALL_SETTINGS.has(name))).toEqual([]);
    expect(() => loadConfig(examples)).not.toThrow();
  });
});

describe('README', () => {
  const [, section = ''] = /^## Settings\n(.*?)^## /ms.exec(read('README.md')) ?? [];
  const table = section.split('\n').filter((line) => line.startsWith('|'));

  it('has every setting in its table', () => {
    const names = settings.map(([name]) => name.replace(/^.*(?=_BASE_URL$)/, '…'));
    expect(names.filter((name) => !table.join('\n').includes(`\`${name}\``))).toEqual([]);
  });
});

describe.each(['development', 'production'])('config/%s.yaml', (name) => {
  it('changes nothing as it comes', () => {
    const { origins, problems } = sourcesOf(readEnvironment({ cwd: ROOT, real: { NODE_ENV: name } }));
    expect([...origins.values()].filter(({ place }) => place !== undefined)).toEqual([]);
    expect(problems).toEqual([]);
  });
});
