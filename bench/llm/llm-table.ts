import { spreadOf } from '../statistics.ts';
import { formatGrid, formatSpread } from '../table.ts';
import { type LlmScale, TOKENS_PER_SECOND, TURNS } from './scale.ts';
import type { LlmVisit } from './visit-llm.ts';

/** The table of LLM agents, as text. */
export function formatLlmTable(visits: readonly LlmVisit[], scale: LlmScale): string {
  const { bots, rate, streams, tokens, pacedTokens, users } = scale;
  const row = (label: string, digits: number, value: (visit: LlmVisit) => number): string[] => {
    const spread = (stream: boolean): string =>
      formatSpread(spreadOf(visits.filter((visit) => visit.stream === stream).map(value)), digits);
    return [label, spread(true), spread(false)];
  };
  const paced = `at ${TOKENS_PER_SECOND} tokens/s each`;
  const rows = [
    ['', 'stream: true', 'stream: false'],
    row(`added at ${rate}/s, p50, ms`, 2, ({ p50 }) => p50),
    row(`added at ${rate}/s, p99, ms`, 2, ({ p99 }) => p99),
    row('throughput, answers/s', 0, ({ throughput }) => throughput),
    row('processor for an answer, ms', 2, ({ processorPerAnswer }) => processorPerAnswer),
    row('tokens for a second of processor', 0, ({ fast }) => fast.perProcessorSecond),
    row('tokens/s, by the clock', 0, ({ fast }) => fast.perSecond),
    row(`tokens for a second of processor, ${paced}`, 0, ({ paced: slow }) => slow.perProcessorSecond),
    row('memory after as many other users, MB', 1, ({ memoryBefore }) => memoryBefore),
    row(`memory for ${users} users, MB`, 1, ({ memoryGrown }) => memoryGrown),
    row('memory held by objects, MB', 1, ({ heldGrown }) => heldGrown),
    row(`database for ${users} users, MB`, 1, ({ databaseGrown }) => databaseGrown),
  ];
  const title = `LLM agents: ${bots} bots; ${streams} answers of ${tokens} tokens at once (${pacedTokens} when paced)`;
  return [`${title}; ${users} users, ${TURNS} turns each`, formatGrid(rows)].join('\n');
}
