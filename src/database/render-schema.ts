/** The databases that the one data model is made for, by Prisma's names. */
export const DATABASE_PROVIDERS = ['sqlite', 'postgresql', 'mysql'] as const;

/** One of {@link DATABASE_PROVIDERS}. */
export type DatabaseProvider = (typeof DATABASE_PROVIDERS)[number];

const HEADER = '// Made from prisma/models.prisma by `npm run generate`. Do not edit.';

/**
 * The Prisma schema of one database: the shared models with that database's native types.
 *
 * @param models - the text of `prisma/models.prisma`, whose `@db.` attributes are MySQL's
 */
export function renderSchema(models: string, provider: DatabaseProvider): string {
  return `${HEADER}

generator client {
  provider               = "prisma-client"
  output                 = "../../src/database/generated/${provider}"
  runtime                = "nodejs"
  moduleFormat           = "esm"
  generatedFileExtension = "ts"
  importFileExtension    = "ts"
  compilerBuild          = "small"
}

datasource db {
  provider = "${provider}"
}

${nativeTypes[provider](models)}`;
}

const nativeTypes: Record<DatabaseProvider, (models: string) => string> = {
  // SQLite has no native types: lengths are not enforced there, the code checks them.
  sqlite: (models) => models.replaceAll(/[ ]+@db\.\w+(\(\d+\))?/g, ''),
  postgresql: (models) =>
    models
      .replaceAll(/@db\.(MediumText|Text)/g, '@db.Text')
      .replaceAll('@db.DateTime(3)', '@db.Timestamptz(3)'),
  mysql: (models) => models,
};
