import { TroupeError } from '../errors.ts';
import type { PrismaClient, Prisma } from './generated/sqlite/client.ts';
import { sealedSecrets, type SealedSetting } from './sealed-config.ts';
import { keyIdIn, type SecretBox } from './secret-box.ts';

/** A stored secret that cannot be opened. */
export interface UnopenedSecret {
  /** The agent's name. */
  readonly agent: string;
  /** `discord_token`, or where it stands in the config: `config.api_key`. */
  readonly setting: string;
  /** Why, in words, without its end. */
  readonly reason: string;
}

/** Every stored secret, counted. */
export interface SecretSurvey {
  /** How many there are. */
  readonly total: number;
  /** How many there are under each key, by the key's id; an empty one stands for an unknown form. */
  readonly byKey: ReadonlyMap<string, number>;
  /** The ids of the keys that open at least one. */
  readonly opening: ReadonlySet<string>;
  readonly unopened: readonly UnopenedSecret[];
}

/** What of a row is looked at. */
export const SECRET_COLUMNS = { id: true, name: true, discordToken: true, config: true } as const;

/** The columns of {@link SECRET_COLUMNS}. */
export interface SecretRow {
  readonly id: string;
  readonly name: string;
  readonly discordToken: string | null;
  readonly config: unknown;
}

/** What a token is called among the settings of an agent. */
export const TOKEN_SETTING = 'discord_token';

/** Counts every stored secret, and tries to open each. */
export async function surveySecrets(
  client: PrismaClient | Prisma.TransactionClient,
  box: SecretBox,
): Promise<SecretSurvey> {
  const rows: SecretRow[] = await client.agent.findMany({
    select: SECRET_COLUMNS,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  const byKey = new Map<string, number>();
  const opening = new Set<string>();
  const unopened: UnopenedSecret[] = [];
  let total = 0;
  for (const { id, name, discordToken, config } of rows) {
    for (const { setting, sealed } of [...tokenOf(discordToken), ...sealedSecrets(config)]) {
      total += 1;
      const keyId = keyIdIn(sealed);
      byKey.set(keyId, (byKey.get(keyId) ?? 0) + 1);
      const reason = reasonAgainst(() => box.open(sealed, id));
      if (reason === undefined) opening.add(keyId);
      else unopened.push({ agent: name, setting, reason });
    }
  }
  return { total, byKey, opening, unopened };
}

/** Why a secret cannot be opened; undefined when it can. */
export function reasonAgainst(open: () => unknown): string | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    if (error instanceof TroupeError) return error.message;
    throw error;
  }
}

function tokenOf(discordToken: string | null): SealedSetting[] {
  return discordToken === null ? [] : [{ setting: TOKEN_SETTING, sealed: discordToken }];
}
