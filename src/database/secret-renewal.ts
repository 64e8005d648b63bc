import type { Prisma } from './generated/sqlite/client.ts';
import { renewConfig } from './sealed-config.ts';
import { type SecretBox, SecretKeyError } from './secret-box.ts';
import { SECRET_COLUMNS, type SecretRow, TOKEN_SETTING, type UnopenedSecret } from './secret-survey.ts';

/** What became of some rows' secrets. */
export interface Renewal {
  /** How many secrets were encrypted anew. */
  readonly renewed: number;
  /** What could not be, and is as it was. */
  readonly left: readonly UnopenedSecret[];
}

/** Brings the secrets of these agents under the current key, and the fingerprints of their tokens. */
export async function renewSecrets(
  transaction: Prisma.TransactionClient,
  ids: string[],
  secrets: SecretBox,
): Promise<Renewal> {
  const rows = await transaction.agent.findMany({ where: { id: { in: ids } }, select: SECRET_COLUMNS });
  const outcome: Outcome = { renewed: 0, left: [] };
  for (const row of rows) {
    const data = {
      ...renewConfigColumn(row, secrets, outcome),
      ...(await renewToken(transaction, row, secrets, outcome)),
    };
    if (Object.keys(data).length > 0) await transaction.agent.update({ where: { id: row.id }, data });
  }
  return outcome;
}

interface Outcome {
  renewed: number;
  readonly left: UnopenedSecret[];
}

/** Empty: as they are. */
interface TokenColumns {
  readonly discordToken?: string;
  readonly tokenFingerprint?: string;
}

function renewConfigColumn(
  { id, name, config }: SecretRow,
  secrets: SecretBox,
  outcome: Outcome,
): { config?: Prisma.InputJsonObject } {
  const before = outcome.renewed;
  const renewed = renewConfig(config as Record<string, unknown>, (sealed, setting) => {
    if (secrets.isCurrent(sealed)) return sealed;
    try {
      const again = secrets.renew(sealed, id);
      outcome.renewed += 1;
      return again;
    } catch (error) {
      if (!(error instanceof SecretKeyError)) throw error;
      outcome.left.push({ agent: name, setting, reason: error.message });
      return sealed;
    }
  });
  return outcome.renewed === before ? {} : { config: renewed as Prisma.InputJsonObject };
}

async function renewToken(
  transaction: Prisma.TransactionClient,
  { id, name, discordToken }: SecretRow,
  secrets: SecretBox,
  outcome: Outcome,
): Promise<TokenColumns> {
  if (discordToken === null || secrets.isCurrent(discordToken)) return {};
  const leave = (reason: string): TokenColumns => {
    outcome.left.push({ agent: name, setting: TOKEN_SETTING, reason });
    return {};
  };
  let token: string;
  try {
    token = secrets.open(discordToken, id);
  } catch (error) {
    if (error instanceof SecretKeyError) return leave(error.message);
    throw error;
  }
  const tokenFingerprint = secrets.fingerprint(token);
  const twin = await transaction.agent.findFirst({
    where: { tokenFingerprint, id: { not: id } },
    select: { name: true },
  });
  // A host that lacked the older key could not tell that it was the same.
  if (twin !== null) return leave(`it is agent "${twin.name}"'s token too; each needs its own`);
  outcome.renewed += 1;
  return { discordToken: secrets.seal(token, id), tokenFingerprint };
}
