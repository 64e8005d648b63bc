import type { LoggedExchange } from '../../messages/exchange-log.ts';
import { InputError } from '../../errors.ts';
import { referenceOf } from '../../messages/failure-pieces.ts';
import { jsonLine } from '../json-line.ts';
import { type CommandOutput } from '../run-command.ts';
import { findExchange } from './find-exchange.ts';
import type { OpenExchanges } from './open-exchanges.ts';

/** What the operator wants of dead letters. */
export interface Settlement extends OpenExchanges {
  /** The id or reference of one; undefined: all. */
  readonly asked: string | undefined;
  readonly json: boolean;
  readonly io: CommandOutput;
}

/**
 * Has dead letters answered after all.
 *
 * @throws {InputError} when the one that is asked for is no dead letter, or its agent is gone
 */
export async function replayDeadLetters(settlement: Settlement): Promise<void> {
  const { asked, exchanges, pollIntervalMs, json, io } = settlement;
  const one = asked === undefined ? undefined : await findDeadLetter(asked, settlement, 'answered');
  if (one !== undefined && one.agentName === undefined) {
    throw new InputError(`the agent of ${nameOf(one)} is gone: nobody can answer it`, {
      remedy: `Drop it: npm run exchanges -- drop ${referenceOf(one.id)}`,
    });
  }
  const replayed = await exchanges.replay(one?.id);
  if (one !== undefined && replayed === 0) throw taken(one);
  const left = await exchanges.countDeadLetters();
  if (json) {
    io.stdout.write(jsonLine({ replayed, left }));
    return;
  }
  const bot = one === undefined ? 'their bots' : `the bot of ${one.agentName ?? one.agentId}`;
  const it = replayed === 1 ? 'it' : 'them';
  io.stdout.write(
    replayed === 0
      ? 'There is no dead letter that can be answered.\n'
      : `${amount(replayed)} to be answered after all. A host that runs ${bot} takes ${it} up within ` +
          `${pollIntervalMs / 1_000} s; otherwise the next start does.\n`,
  );
  if (one === undefined && left > 0) {
    io.stdout.write(`${amount(left)} left: of agents that are gone, or set aside just now.\n`);
  }
}

/**
 * Ends dead letters for good.
 *
 * @param askFirst - told what is about to be done; throws to prevent it
 * @throws {InputError} when the one that is asked for is no dead letter
 */
export async function dropDeadLetters(
  settlement: Settlement,
  askFirst: (what: string) => Promise<void>,
): Promise<void> {
  const { asked, exchanges, json, io } = settlement;
  const one = asked === undefined ? undefined : await findDeadLetter(asked, settlement, 'dropped');
  const count = one === undefined ? await exchanges.countDeadLetters() : 1;
  if (count > 0) await askFirst(one === undefined ? amount(count) : nameOf(one));
  const dropped = count === 0 ? 0 : await exchanges.drop(one?.id);
  if (one !== undefined && dropped === 0) throw taken(one);
  if (json) io.stdout.write(jsonLine({ dropped }));
  else {
    io.stdout.write(
      dropped === 0
        ? 'There is no dead letter.\n'
        : `${amount(dropped)} dropped. What the users were told stays.\n`,
    );
  }
}

async function findDeadLetter(
  asked: string,
  { exchanges }: OpenExchanges,
  wish: 'answered' | 'dropped',
): Promise<LoggedExchange> {
  const found = await findExchange(asked, exchanges);
  if (found.state === 'dead-letter') return found;
  const over =
    wish === 'answered'
      ? 'it is over, and the message is not kept after that, so it cannot be answered again; its user can send it again'
      : 'it is over, and there is nothing left to drop';
  const why = found.finishedAt === undefined ? 'it is still on its way to an answer' : over;
  throw new InputError(`exchange ${nameOf(found)} is ${found.state}, not a dead letter: ${why}`, {
    remedy: 'npm run exchanges -- list --state dead-letter shows those that can be replayed or dropped.',
  });
}

/** Somebody was quicker. */
function taken(one: LoggedExchange): InputError {
  return new InputError(`${nameOf(one)} is not a dead letter any more: somebody else settled it meanwhile`, {
    remedy: `npm run exchanges -- show ${referenceOf(one.id)} tells what became of it.`,
  });
}

function nameOf({ id }: LoggedExchange): string {
  return referenceOf(id);
}

function amount(count: number): string {
  return `${count} dead ${count === 1 ? 'letter' : 'letters'}`;
}
