import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  dockerfile,
  execForm,
  fromStage,
  healthCommand,
  startCommand,
} from '../support/deploy/dockerfile.ts';
import { ROOT } from '../support/run-process.ts';

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

const instructions = dockerfile.getInstructions();
const of = (keyword: string) => instructions.filter((instruction) => instruction.getKeyword() === keyword);
const textOf = (keyword: string): string[] => of(keyword).map((each) => each.getArgumentsContent() ?? '');

it('stands on one image in both stages, whose tag is the Node that the project brings', () => {
  const images = dockerfile.getFROMs().map((from) => from.getImage());
  expect(images).toHaveLength(2);
  expect(new Set(images)).toEqual(new Set([`node:${manifest.dependencies['node'] ?? ''}-bookworm-slim`]));
});

it('installs what the lockfile says, without what is only for development', () => {
  expect(textOf('RUN')).toContain('npm ci --omit=dev');
  expect(textOf('RUN').join('\n')).not.toMatch(/npm (?:install|i)\b/);
});

it('runs as a user who is not root, by number, from before anything of the container is started', () => {
  const users = of('USER');
  expect(users.map((user) => user.getArgumentsContent())).toEqual(['1000:1000']);
  const line = users[0]?.getRange().start.line ?? Number.POSITIVE_INFINITY;
  for (const keyword of ['HEALTHCHECK', 'ENTRYPOINT', 'CMD']) {
    for (const each of of(keyword)) expect(each.getRange().start.line, keyword).toBeGreaterThan(line);
  }
});

it('hands nothing of the program to the user that it runs as', () => {
  for (const copy of dockerfile.getCOPYs()) {
    expect(copy.getFlags().map((flag) => flag.getName())).not.toContain('chown');
  }
  const owned = textOf('RUN').flatMap((text) =>
    [...text.matchAll(/--owner=node .*?((?:\s[\w./]+)+)(?=\s*(?:\\|&&|$))/gm)].map(([, paths = '']) => paths),
  );
  expect(owned.join(' ').trim().split(/\s+/)).toEqual(['data', 'logs', 'node_modules/.cache/troupe']);
});

it('starts what npm start starts, without npm, and tini hands it the signals', () => {
  expect(startCommand.join(' ')).toBe(manifest.scripts['start']);
  expect(execForm(dockerfile.getENTRYPOINTs()[0])).toEqual(['/usr/bin/tini', '--']);
  expect(textOf('STOPSIGNAL')).toEqual(['SIGTERM']);
});

it('asks the host itself how it is, and needs no curl', () => {
  expect(healthCommand.join(' ')).toBe(`${manifest.scripts['health'] ?? ''} liveness`);
});

it('has one of each instruction that only the last one of counts', () => {
  for (const keyword of ['CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'USER', 'STOPSIGNAL', 'EXPOSE', 'VOLUME']) {
    expect(of(keyword), keyword).toHaveLength(1);
  }
});

it('declares its state as volumes, which a read-only container can write to', () => {
  const [volume = ''] = textOf('VOLUME');
  expect(JSON.parse(volume)).toEqual(['/app/data', '/app/logs']);
});

it('names itself by the version of the package', () => {
  const [labels = ''] = textOf('LABEL');
  expect(labels).toContain(`org.opencontainers.image.version="${manifest.version}"`);
  expect(labels).toContain('org.opencontainers.image.title=');
  expect(labels).toContain('org.opencontainers.image.licenses="MIT"');
});

it('downloads nothing but packages, and leaves no lists of them', () => {
  expect(of('ADD')).toEqual([]);
  for (const text of textOf('RUN')) {
    expect(text).not.toMatch(/curl|wget|https?:|sudo|chmod 777/);
    if (text.includes('apt-get install')) {
      expect(text).toMatch(/^apt-get update\s/);
      expect(text).toContain('--yes --no-install-recommends');
      expect(text).toContain('rm -rf /var/lib/apt/lists/*');
    }
  }
});

it('holds no secret', () => {
  expect(of('ARG')).toEqual([]);
  for (const env of dockerfile.getENVs().flatMap((each) => each.getProperties())) {
    expect(env.getName()).not.toMatch(/key|token|secret|password|database_url/i);
  }
});

it('uses absolute folders, and copies from a stage that it names', () => {
  for (const folder of textOf('WORKDIR')) expect(folder).toMatch(/^\//);
  const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
  for (const copy of dockerfile.getCOPYs()) expect([undefined, ...stages]).toContain(fromStage(copy));
});

it('lets nothing into the build but what it copies', () => {
  const lines = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines[0]).toBe('*');
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copied = dockerfile
    .getCOPYs()
    .filter((copy) => fromStage(copy) === undefined)
    .flatMap((copy) => copy.getArguments().slice(0, -1))
    .map((word) => word.getValue().split('/')[0] ?? '');
  expect(new Set(allowed)).toEqual(new Set(copied));
  expect(lines).toEqual(expect.arrayContaining(['**/.env', '**/*.key']));
});
