// What Troupe costs, measured beside the least that would do the same.
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { formatVerdicts, judgeBudgets } from './budgets.ts';
import { killChildren } from './child.ts';
import { formatJournalTable } from './journal/journal-table.ts';
import { runJournalBench } from './journal/run-journal-bench.ts';
import { dropAllDatabases } from './journal/servers.ts';
import { formatLlmTable } from './llm/llm-table.ts';
import { runLlmBench } from './llm/run-llm-bench.ts';
import { type BenchOptions, HELP, readOptions, UsageError } from './options.ts';
import { runBench } from './run-bench.ts';
import { removeAllScratch } from './scratch.ts';
import { BenchSummary } from './summary.ts';
import { formatTables } from './table.ts';
import { formatTextTable, runTextBench } from './text.ts';

/** How to read the numbers. */
const NOTES = `Medians (least–most) of the runs. Memory is what is resident; the share of one bot is what exceeds the
same program without bots. Latency runs from the moment the stand-in Discord sends a mention until it has the reply.
The stand-in and the program share this machine's processors, without TLS; discord.js's own limit of 50 requests a
second for each bot is lifted. For LLM agents, latency runs until the whole answer is there, less the time that the
stand-in LLM took. The journal's part has no Discord: what a message waits for is written as the host writes it.`;

/** The end of the programs that are ended with it is no error. */
const interrupted = new AbortController();

async function main(options: BenchOptions): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      interrupted.abort();
      cleanUp();
      void dropAllDatabases().then(() => process.exit(130));
    });
  }
  const tell = (what: string): void => {
    process.stderr.write(`${what}\n`);
  };
  const { visits } = options.programs ? await runBench(options, tell) : { visits: [] };
  const { llm, journal } = options;
  const llmVisits = llm === undefined ? [] : await runLlmBench(options.runs, llm, tell);
  const journalResults =
    journal === undefined ? { visits: [], missing: [] } : await runJournalBench(options.runs, journal, tell);
  const text = runTextBench();
  const summary = new BenchSummary(visits);
  const verdicts = judgeBudgets(summary);
  const machine = {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
  };
  const title = `Node ${machine.node}, ${machine.processors} × ${machine.processor}; layout: ${options.layout}`;
  const tables = [
    formatTables(summary),
    llm === undefined ? '' : formatLlmTable(llmVisits, llm),
    journal === undefined ? '' : formatJournalTable(journalResults, journal),
    formatTextTable(text),
  ];
  const parts = [title, NOTES, ...tables, formatVerdicts(verdicts)];
  console.log(parts.filter((part) => part !== '').join('\n\n'));
  if (options.json !== undefined) {
    await writeFile(
      options.json,
      `${JSON.stringify({ machine, options, verdicts, visits, llmVisits, journal: journalResults, text }, undefined, 2)}\n`,
    );
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(HELP);
  else await main(options);
} catch (error) {
  const wrongUse = error instanceof UsageError;
  if (!interrupted.signal.aborted) {
    process.stderr.write(`${wrongUse ? `${error.message} (--help tells more)` : report(error)}\n`);
  }
  process.exitCode = wrongUse ? 2 : 1;
} finally {
  cleanUp();
}

/** An error with its causes. */
function report(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${report(error.cause)}`;
}

function cleanUp(): void {
  killChildren();
  removeAllScratch();
}
