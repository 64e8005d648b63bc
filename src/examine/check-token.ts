import type { AgentRecord } from '../agents/agent-record.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { printable } from '../agents/show-value.ts';
import type { ApplicationReport } from '../discord/inspect-application.ts';
import { messageOf, TroupeError } from '../errors.ts';
import { type Examiner, PATIENCE } from './examiner.ts';

/** What became of a check: it is good, it is wrong, or nobody could say because somebody did not answer. */
export type Finding<Good> =
  | ({ readonly kind: 'good' } & Good)
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string };

/** What was found out about a token. */
export type TokenFinding = Finding<{
  readonly report: ApplicationReport;
  /** The other agent whose token was for this very bot: that one works no more. */
  readonly supersedes: string | undefined;
}>;

/**
 * The other agent whose token this is; undefined when it is nobody's.
 *
 * @param ownId - the agent that may have it
 */
export async function tokenOwner(
  token: string,
  store: Pick<AgentStore, 'list' | 'openToken'>,
  ownId?: string,
): Promise<AgentRecord | undefined> {
  const others = (await store.list()).filter(({ id }) => id !== ownId);
  return others.find((agent) => {
    try {
      return store.openToken(agent) === token;
    } catch (error) {
      // One that this host cannot open is told of elsewhere; the table itself refuses a token twice.
      if (error instanceof TroupeError) return false;
      throw error;
    }
  });
}

/**
 * Whether a token is free to use, and what Discord says of it.
 *
 * @param ownId - the agent that it is for, when there is one already
 */
export async function checkToken(
  token: string,
  { store, inspect }: Pick<Examiner, 'store' | 'inspect'>,
  { ownId, signal }: { readonly ownId?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<TokenFinding> {
  const owner = await tokenOwner(token, store, ownId);
  if (owner !== undefined) return { kind: 'wrong', message: takenBy(owner) };
  try {
    const report = await inspect(token, patient(signal));
    const same = (await store.list()).find(
      ({ id, identity }) => id !== ownId && identity?.applicationId === report.identity.applicationId,
    );
    return { kind: 'good', report, supersedes: same?.name };
  } catch (error) {
    return findingOf(error, signal);
  }
}

/** A signal that aborts with this one, or when nobody should be waited for any longer. */
export function patient(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(PATIENCE);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** What an error of a check says. Only a defect, or the signal's own reason, is thrown. */
export function findingOf(error: unknown, signal: AbortSignal | undefined): Finding<never> {
  signal?.throwIfAborted();
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { kind: 'unreachable', message: `no answer within ${PATIENCE / 1_000} s` };
  }
  if (!(error instanceof TroupeError)) throw error;
  const words = error.retryable ? messageOf(error) : error.message;
  const message = error.remedy === '' ? words : `${words}. ${error.remedy}`;
  return { kind: error.retryable ? 'unreachable' : 'wrong', message };
}

function takenBy({ name }: AgentRecord): string {
  return `that is the token of the agent ${printable(name)}; each agent needs its own`;
}
