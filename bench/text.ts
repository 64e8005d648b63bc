import { splitMessage } from '../src/messages/split/split-message.ts';
import { createRedactor } from '../src/observability/redactor.ts';

/** What one piece of work on text took, in milliseconds: the least of a few runs. */
export interface TextResult {
  readonly what: string;
  readonly ms: number;
}

const RUNS = 5;
const LINES = 10_000;
const SECRETS = 2_000;
const MEGABYTE = 1_000_000;

const LINE = '2026-01-01T00:00:00.000Z INFO  Helper answered message=123456789012345678 ms=12 model=gpt-4o';

const TEXTS = {
  words: 'word and '.repeat(MEGABYTE / 9),
  'one word': 'a'.repeat(MEGABYTE),
  'code blocks': '```js\ncode\n```\n'.repeat(MEGABYTE / 15),
  'beginnings of keys': 'sk-'.repeat(MEGABYTE / 3),
} as const;

/** Measures what log lines and long answers cost in text alone, without any input or output. */
export function runTextBench(): TextResult[] {
  const redactor = createRedactor();
  for (let index = 0; index < SECRETS; index++) redactor.add(`a-token-of-some-length-${1_000 + index}`);
  const line = least(() => {
    for (let index = 0; index < LINES; index++) redactor.redact(LINE);
  });
  return [
    { what: `a log line redacted, ${SECRETS} secrets known`, ms: line / LINES },
    ...Object.entries(TEXTS).flatMap(([kind, text]) => [
      { what: `a megabyte redacted: ${kind}`, ms: least(() => redactor.redact(text)) },
      { what: `a megabyte split: ${kind}`, ms: least(() => splitMessage(text, 2_000)) },
    ]),
  ];
}

/** Lines for people. */
export function formatTextTable(results: readonly TextResult[]): string {
  const width = Math.max(...results.map(({ what }) => what.length));
  const rows = results.map(({ what, ms }) => `${what.padEnd(width)}  ${ms.toFixed(4).padStart(9)}`);
  return ['text, ms', ...rows].join('\n');
}

function least(run: () => unknown): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}
