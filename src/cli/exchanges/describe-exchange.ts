import { printable } from '../../agents-file/show-value.ts';
import type { LoggedExchange } from '../../messages/exchange-log.ts';
import { referenceOf } from '../../messages/failure-pieces.ts';
import { redactShapes } from '../../observability/secret-shapes.ts';
import { alignedTable } from '../aligned-table.ts';
import { minute } from '../minute.ts';
import { linkTo } from '../../messages/exchange-json.ts';

/** Longest beginning of a question in a table, in UTF-16 units. */
const MAX_WORDS = 40;

/** How an answer of one message ends follows at once, so that its id is not written down. */
const NO_IDS = '\nposted as: no ids are on record; an answer of one message is a reply to the question\n';

const HEADS = ['TIME', 'REFERENCE', 'AGENT', 'STATE', 'REASON', 'USER', 'ATTEMPTS', 'QUESTION'];

/** Exchanges as a table, a line each. */
export function exchangeTable(exchanges: readonly LoggedExchange[]): string {
  const rows = exchanges.map((exchange) => [
    minute(exchange.admittedAt),
    referenceOf(exchange.id),
    nameOf(exchange),
    exchange.state,
    printable(exchange.reason),
    exchange.userId === '' ? '-' : exchange.userId,
    String(exchange.attempts),
    firstWords(exchange.question),
  ]);
  return alignedTable([HEADS, ...rows]);
}

/** Everything that is known of an exchange, to read. */
export function describeExchange(exchange: LoggedExchange): string {
  const { reply, posted, answeredAt } = exchange;
  const facts: readonly (readonly [string, string])[] = [
    ['id', exchange.id],
    ['reference', referenceOf(exchange.id)],
    ['agent', nameOf(exchange)],
    ['state', exchange.state],
    ['reason', printable(exchange.reason)],
    ['user', exchange.userId === '' ? '- (erased)' : exchange.userId],
    ['message', linkTo(exchange, exchange.messageId)],
    ['attempts', String(exchange.attempts)],
    ...times(exchange),
  ];
  const isNotice = reply !== undefined && reply.ending !== 'delivered';
  return [
    ...facts.map(([name, value]) => `${name.padEnd(10)} ${value}\n`),
    spoken('question', [exchange.question]),
    reply === undefined ? '' : spoken(isNotice ? `notice (${reply.ending})` : 'answer', reply.pieces),
    posted.length > 0 ? '\nposted as:\n' : answeredAt === undefined ? '' : NO_IDS,
    ...posted.map((id) => `  ${linkTo(exchange, id)}\n`),
  ].join('');
}

/** `Helper`, or the id of an agent that is gone. */
function nameOf({ agentName, agentId }: LoggedExchange): string {
  return agentName === undefined ? `${agentId} (deleted)` : printable(agentName);
}

/** When each step was done, and how long after the one before. */
function times({ admittedAt, answeredAt, finishedAt }: LoggedExchange): (readonly [string, string])[] {
  const steps = [
    ['answered', answeredAt],
    ['finished', finishedAt],
  ] as const;
  const lines: (readonly [string, string])[] = [['admitted', admittedAt.toISOString()]];
  let last = admittedAt;
  for (const [name, at] of steps) {
    if (at === undefined) lines.push([name, '-']);
    else {
      lines.push([name, `${at.toISOString()} (+${seconds(at.getTime() - last.getTime())})`]);
      last = at;
    }
  }
  return lines;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}

function firstWords(text: string): string {
  const line = redactShapes(text).replaceAll(/\s+/g, ' ').trim();
  return printable(line.length <= MAX_WORDS ? line : `${line.slice(0, MAX_WORDS - 1).toWellFormed()}…`);
}

function spoken(what: string, texts: readonly string[]): string {
  return texts
    .map((text, index) => {
      const title = texts.length === 1 ? what : `${what}, piece ${index + 1} of ${texts.length}`;
      const lines = redactShapes(text).split(/\r?\n/);
      return `\n${title}:\n${lines.map((line) => `  ${printable(line)}`.trimEnd()).join('\n')}\n`;
    })
    .join('');
}
