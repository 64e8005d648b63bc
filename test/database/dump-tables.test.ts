import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DUMP_TABLES, type DumpColumn, fieldOf, LEFT_OUT_TABLES } from '../../src/database/dump-tables.ts';

interface Model {
  readonly model: string;
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, DumpColumn>>;
  /** Tables that it refers to. */
  readonly parents: readonly string[];
}

const TYPES: Readonly<Record<string, DumpColumn['type']>> = {
  String: 'text',
  Int: 'int',
  BigInt: 'bigint',
  Boolean: 'boolean',
  DateTime: 'time',
  Json: 'json',
};

function models(): Model[] {
  const source = readFileSync(path.join(import.meta.dirname, '../../prisma/models.prisma'), 'utf8');
  const blocks = [...source.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)];
  const tableOf = new Map(
    blocks.map(([, model = '', body = '']) => [model, /@@map\("(\w+)"\)/.exec(body)?.[1] ?? '']),
  );
  return blocks.map(([, model = '', body = '']) => {
    const columns: Record<string, DumpColumn> = {};
    const keyOf = new Map<string, string>();
    let key: string[] = [];
    const parents: string[] = [];
    for (const line of body.split('\n')) {
      const [, field = '', type = '', mark, rest = ''] = /^ {2}(\w+)\s+(\w+)(\?|\[\])?(.*)$/.exec(line) ?? [];
      const columnType = TYPES[type];
      if (columnType === undefined) {
        if (rest.includes('@relation(fields')) parents.push(tableOf.get(type) ?? '');
        continue;
      }
      const name = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
      keyOf.set(field, name);
      if (/@id\b/.test(rest)) key = [name];
      columns[name] = {
        type: columnType,
        ...sizeOf(rest, columnType),
        ...(mark === '?' ? { nullable: true as const } : {}),
        ...(rest.includes('@default') ? { hasDefault: true as const } : {}),
      };
    }
    const composed = /@@id\(\[([\w, ]+)\]\)/.exec(body)?.[1];
    if (composed !== undefined) key = composed.split(', ').map((field) => keyOf.get(field) ?? '');
    const lower = model.charAt(0).toLowerCase() + model.slice(1);
    return { model: lower, name: tableOf.get(model) ?? '', key, columns, parents };
  });
}

function sizeOf(attributes: string, type: DumpColumn['type']): Partial<DumpColumn> {
  if (type !== 'text') return {};
  const length = /@db\.VarChar\((\d+)\)/.exec(attributes)?.[1];
  if (length !== undefined) return { maxLength: Number(length) };
  return { maxBytes: attributes.includes('@db.MediumText') ? 16_777_215 : 65_535 };
}

describe('the tables that backups hold', () => {
  it('are all that there are, apart from those that mean nothing elsewhere', () => {
    const names = models().map(({ name }) => name);

    expect([...DUMP_TABLES.map(({ name }) => name), ...LEFT_OUT_TABLES].sort()).toEqual(names.sort());
  });

  it.each(DUMP_TABLES)('have every column as the model has it: $name', ({ name, model, key, columns }) => {
    const found = models().find((one) => one.name === name);

    expect({ model, key, columns }).toEqual({
      model: found?.model,
      key: found?.key,
      columns: found?.columns,
    });
  });

  it("are told by Prisma's names", () => {
    expect(['id', 'agent_id', 'respond_to_dm'].map(fieldOf)).toEqual(['id', 'agentId', 'respondToDm']);
  });

  it('come after those that they refer to', () => {
    const names = DUMP_TABLES.map(({ name }) => name);
    for (const { name, parents } of models().filter((one) => names.includes(one.name))) {
      for (const parent of parents) expect(names.indexOf(parent)).toBeLessThan(names.indexOf(name));
    }
  });
});
