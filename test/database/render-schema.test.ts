import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATABASE_PROVIDERS, renderSchema } from '../../src/database/render-schema.ts';

const PRISMA = path.join(import.meta.dirname, '../../prisma');
const models = await readFile(path.join(PRISMA, 'models.prisma'), 'utf8');

/** The lines with one space between words: Prisma's formatter aligns columns. */
const words = (schema: string) =>
  schema
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '');

describe.each(DATABASE_PROVIDERS)('the committed schema for %s', (provider) => {
  it('is what models.prisma gives', async () => {
    const committed = await readFile(path.join(PRISMA, provider, 'schema.prisma'), 'utf8');
    expect(words(committed)).toEqual(words(renderSchema(models, provider)));
  });

  it('has every model and field of models.prisma', () => {
    const shape = (schema: string) =>
      words(schema.replaceAll(/^(generator|datasource) \w+ \{.*?^\}/gms, ''))
        .filter((line) => !line.startsWith('//'))
        .map((line) => line.replaceAll(/ @db\.\w+(\(\d+\))?/g, ''));
    expect(shape(renderSchema(models, provider))).toEqual(shape(models));
  });
});

describe('renderSchema', () => {
  const line = (provider: (typeof DATABASE_PROVIDERS)[number], attribute: string) =>
    words(renderSchema(`model A {\n  x String ${attribute}\n}\n`, provider)).find((one) =>
      one.startsWith('x '),
    );

  it.each([
    { written: '@db.VarChar(190)', sqlite: '', postgresql: '@db.VarChar(190)', mysql: '@db.VarChar(190)' },
    { written: '@db.MediumText', sqlite: '', postgresql: '@db.Text', mysql: '@db.MediumText' },
    { written: '@db.Text', sqlite: '', postgresql: '@db.Text', mysql: '@db.Text' },
    { written: '@db.DateTime(3)', sqlite: '', postgresql: '@db.Timestamptz(3)', mysql: '@db.DateTime(3)' },
  ])('translates $written', ({ written, ...expected }) => {
    for (const provider of DATABASE_PROVIDERS) {
      expect(line(provider, written)).toBe(`x String ${expected[provider]}`.trim());
    }
  });

  it('leaves each database none but its own types', () => {
    const types = (provider: (typeof DATABASE_PROVIDERS)[number]) => [
      ...new Set(Array.from(renderSchema(models, provider).matchAll(/@db\.(\w+)/g), ([, type]) => type)),
    ];
    expect(types('sqlite')).toEqual([]);
    expect(['VarChar', 'Text', 'Timestamptz']).toEqual(expect.arrayContaining(types('postgresql')));
    expect(['VarChar', 'MediumText', 'Text', 'DateTime']).toEqual(expect.arrayContaining(types('mysql')));
  });

  it('names each database as its provider', () => {
    for (const provider of DATABASE_PROVIDERS) {
      expect(renderSchema(models, provider)).toContain(`provider = "${provider}"`);
    }
  });
});
