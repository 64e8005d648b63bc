import type { TestDatabase } from './test-database.ts';

/** A table, as a Prisma schema or a database has it. Lists are sorted. */
export interface TableSchema {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly required: boolean }[];
  /** The columns of the primary key, in order. */
  readonly key: readonly string[];
  readonly unique: readonly (readonly string[])[];
  readonly indexes: readonly (readonly string[])[];
  /** The columns that refer to another table, the table, and what becomes of the row when that one's goes. */
  readonly references: readonly string[];
}

/** What Prisma makes of a type; `n` stands for the length that is given. */
const TYPES: Readonly<Record<TestDatabase['provider'], Readonly<Record<string, string>>>> = {
  sqlite: {
    String: 'TEXT',
    Boolean: 'BOOLEAN',
    Int: 'INTEGER',
    BigInt: 'BIGINT',
    DateTime: 'DATETIME',
    Json: 'JSONB',
  },
  postgresql: {
    Boolean: 'boolean',
    Int: 'integer',
    BigInt: 'bigint',
    Json: 'jsonb',
    'db.VarChar': 'character varying(n)',
    'db.Text': 'text',
    'db.Timestamptz': 'timestamp(n) with time zone',
  },
  mysql: {
    Boolean: 'tinyint(1)',
    Int: 'int',
    BigInt: 'bigint',
    Json: 'json',
    'db.VarChar': 'varchar(n)',
    'db.Text': 'text',
    'db.MediumText': 'mediumtext',
    'db.DateTime': 'datetime(n)',
  },
};

/** Reads as much of a Prisma schema as ours uses. */
export function readModels(schema: string, provider: TestDatabase['provider']): TableSchema[] {
  const tableOf = (body: string) => /^\s*@@map\("(\w+)"\)/m.exec(body)?.[1] ?? '';
  const bodies = new Map(
    Array.from(schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms), ([, name = '', body = '']) => [name, body]),
  );
  return [...bodies.values()].map((body) => {
    const lines = body
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('//'));
    const fields = lines
      .filter((line) => !line.startsWith('@@'))
      .map((line) => {
        const [field = '', type = ''] = line.split(/\s+/);
        const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? field;
        return { field, column, type: type.replace('?', ''), required: !type.endsWith('?'), line };
      });
    const scalars = fields.filter(({ type }) => type in TYPES.sqlite);
    const columnOf = (field: string) => scalars.find((one) => one.field === field)?.column ?? field;
    const columnsIn = (list: string) => list.split(',').map((name) => columnOf(name.trim()));
    const lists = (attribute: string) =>
      lines.flatMap((line) => {
        const names = new RegExp(`^@@${attribute}\\(\\[([^\\]]+)\\]`).exec(line)?.[1];
        return names === undefined ? [] : [columnsIn(names)];
      });
    const marked = (attribute: string) =>
      scalars.filter(({ line }) => new RegExp(`@${attribute}\\b`).test(line)).map(({ column }) => column);
    const references = fields.flatMap(({ type, line }) => {
      const [, from = '', onDelete = ''] =
        /@relation\(fields: \[([^\]]+)\].*onDelete: (\w+)/.exec(line) ?? [];
      return from === '' ? [] : [`${columnsIn(from).join()} ${tableOf(bodies.get(type) ?? '')} ${onDelete}`];
    });
    return sorted({
      table: tableOf(body),
      columns: scalars.map(({ column, type, required, line }) => ({
        name: column,
        type: typeOf(provider, type, line),
        required,
      })),
      key: lists('id')[0] ?? marked('id'),
      unique: [...marked('unique').map((column) => [column]), ...lists('unique')],
      indexes: lists('index'),
      references,
    });
  });
}

function typeOf(provider: TestDatabase['provider'], type: string, line: string): string {
  const [, native = '', length = ''] = /@(db\.\w+)(?:\((\d+)\))?/.exec(line) ?? [];
  const types = TYPES[provider];
  return (types[native] ?? types[type] ?? '').replace('n)', `${length})`);
}

/** Reads the schema of a table from the database. The index over open exchanges, which no model has, is left out. */
export async function readTable(database: TestDatabase, table: string): Promise<TableSchema> {
  const read = { sqlite: readSqlite, postgresql: readPostgresql, mysql: readMysql }[database.provider];
  return sorted(await read(database, table));
}

const OPEN_EXCHANGES = 'exchanges_open_idx';

interface IndexRow {
  readonly name: string | null | undefined;
  readonly column: string | null | undefined;
  readonly kind: 'key' | 'unique' | 'index';
}

/** The indexes of rows that have one column each, in order. */
function indexesIn(rows: readonly IndexRow[]): Pick<TableSchema, 'key' | 'unique' | 'indexes'> {
  const groups = [
    ...Map.groupBy(
      rows.filter(({ name }) => name !== OPEN_EXCHANGES),
      ({ name }) => name,
    ).values(),
  ];
  const of = (kind: IndexRow['kind']) =>
    groups.filter(([first]) => first?.kind === kind).map((group) => group.map(({ column }) => column ?? ''));
  return { key: of('key')[0] ?? [], unique: of('unique'), indexes: of('index') };
}

async function readSqlite(database: TestDatabase, table: string): Promise<TableSchema> {
  const info = database.raw(`PRAGMA table_info("${table}")`);
  const indexes = database
    .raw(`PRAGMA index_list("${table}")`)
    .filter(({ origin }) => origin === 'c')
    .flatMap((index) =>
      database.raw(`PRAGMA index_info("${String(index['name'])}")`).map(({ name }): IndexRow => ({
        name: String(index['name']),
        column: String(name),
        kind: index['unique'] === 1 ? 'unique' : 'index',
      })),
    );
  return Promise.resolve({
    table,
    columns: info.map(({ name, type, notnull }) => ({
      name: String(name),
      type: String(type),
      required: notnull === 1,
    })),
    ...indexesIn(indexes),
    key: info
      .filter(({ pk }) => Number(pk) > 0)
      .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
      .map(({ name }) => String(name)),
    references: database
      .raw(`PRAGMA foreign_key_list("${table}")`)
      .map((row) => `${String(row['from'])} ${String(row['table'])} ${inWords(String(row['on_delete']))}`),
  });
}

async function readPostgresql(database: TestDatabase, table: string): Promise<TableSchema> {
  const columns = await database.query(
    `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required
     FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  const indexes = await database.query(
    `SELECT i.indexrelid::regclass::text AS name, a.attname::text AS column,
       CASE WHEN i.indisprimary THEN 'key' WHEN i.indisunique THEN 'unique' ELSE 'index' END AS kind
     FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
     WHERE i.indrelid = '${table}'::regclass ORDER BY 1, k.place`,
  );
  const references = await database.query(
    `SELECT a.attname::text AS column, c.confrelid::regclass::text AS target,
       CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE c.confdeltype::text END AS rule
     FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.conrelid = '${table}'::regclass`,
  );
  return assemble(table, columns, indexes, references);
}

async function readMysql(database: TestDatabase, table: string): Promise<TableSchema> {
  const here = `table_schema = DATABASE() AND table_name = '${table}'`;
  const columns = await database.query(
    `SELECT column_name AS name, column_type AS type, CASE WHEN is_nullable = 'NO' THEN 1 ELSE 0 END AS required
     FROM information_schema.columns WHERE ${here} ORDER BY ordinal_position`,
  );
  const indexes = await database.query(
    `SELECT index_name AS name, column_name AS \`column\`,
       CASE WHEN index_name = 'PRIMARY' THEN 'key' WHEN non_unique = 0 THEN 'unique' ELSE 'index' END AS kind
     FROM information_schema.statistics WHERE ${here} ORDER BY 1, seq_in_index`,
  );
  const references = await database.query(
    `SELECT k.column_name AS \`column\`, k.referenced_table_name AS target, r.delete_rule AS rule
     FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
       ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
     WHERE k.table_schema = DATABASE() AND k.table_name = '${table}' AND k.referenced_table_name IS NOT NULL`,
  );
  return assemble(table, columns, indexes, references);
}

type Rows = Awaited<ReturnType<TestDatabase['query']>>;

function assemble(table: string, columns: Rows, indexes: Rows, references: Rows): TableSchema {
  return {
    table,
    columns: columns.map(({ name, type, required }) => ({
      name: name ?? '',
      // MySQL 8 tells no width of whole numbers; MariaDB keeps JSON as text.
      type: (type ?? '').replace(/^(int|bigint)\(\d+\)$/, '$1').replace('longtext', 'json'),
      required: required === '1',
    })),
    ...indexesIn(
      indexes.map(({ name, column, kind }) => ({
        name,
        column,
        kind: (kind ?? 'index') as IndexRow['kind'],
      })),
    ),
    references: references.map(
      ({ column, target, rule }) => `${column ?? ''} ${target ?? ''} ${inWords(rule ?? '')}`,
    ),
  };
}

/** `Cascade`, as Prisma writes it. */
function inWords(rule: string): string {
  return rule.charAt(0).toUpperCase() + rule.slice(1).toLowerCase();
}

function sorted(schema: TableSchema): TableSchema {
  return {
    ...schema,
    columns: schema.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    unique: schema.unique.toSorted(),
    indexes: schema.indexes.toSorted(),
    references: schema.references.toSorted(),
  };
}
