import path from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';

const cwd = path.resolve('/srv/troupe');
const read = (text: string) => SETTINGS.AGENTS_FILE.parser.read(text, cwd);

it.each(['../outside/a.yaml', 'agents/../../a.yaml', 'file:../a.yaml'])(
  'a relative source of agents does not lead out of its folder: %s',
  (source) => {
    expect(read(source)).toMatchObject({ problem: 'is not below the folder where it begins' });
  },
);

it.each([
  'agents/a.yaml',
  '/etc/troupe/a.yaml',
  'file:a.yaml',
  'file:///etc/a.yaml',
  'https://example.com/../a.yaml',
  's3://team/../a.yaml',
  's3:/team/../a.yaml',
])('a source of agents may be %s', (source) => {
  expect(read(source)).toEqual({ value: { source, cwd } });
});
