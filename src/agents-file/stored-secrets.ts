import type { AgentRecord } from '../agents/agent-record.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { messageOf, TroupeError } from '../errors.ts';
import type { PlanOptions } from './plan-load.ts';
import { printable } from './show-value.ts';

/**
 * What a plan compares with what is stored encrypted, each token opened once.
 *
 * A secret that this host's key does not open is told of, and is none that a file could repeat.
 *
 * @param warn - takes one line without its end
 */
export function storedSecrets(
  store: Pick<AgentStore, 'openToken' | 'openConfig'>,
  warn: (line: string) => void,
): Pick<PlanOptions, 'sameToken' | 'openConfig'> {
  const tokens = new Map<string, string | undefined>();
  return {
    sameToken(record, token) {
      if (!tokens.has(record.id)) {
        tokens.set(
          record.id,
          open(record, 'token', () => store.openToken(record)),
        );
      }
      return tokens.get(record.id) === token;
    },
    openConfig: (record) => open(record, 'config', () => store.openConfig(record)) ?? record.config,
  };

  function open<T>({ name }: AgentRecord, what: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      warn(`warning: the stored ${what} of ${printable(name)}: ${messageOf(error)}. ${error.remedy}`);
      return undefined;
    }
  }
}
