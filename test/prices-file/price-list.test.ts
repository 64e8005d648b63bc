import { readFileSync } from 'node:fs';
import { rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROVIDER_NAMES } from '../../src/config/provider-variables.ts';
import { InputError } from '../../src/errors.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { parsePrices } from '../../src/prices-file/parse-prices.ts';
import { PriceTable } from '../../src/prices-file/price-table.ts';
import { readPriceList } from '../../src/prices-file/read-price-list.ts';
import { PRESETS } from '../../src/providers/presets.ts';
import type { PriceList } from '../../src/usage/price-list.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const parse = (text: string): PriceList => new PriceTable(parsePrices(text, 'p.yaml'));

function problemsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n');
  }
  return [];
}

describe('a price', () => {
  it('is by input, input from the cache and output', () => {
    const prices = parse('openai:\n  gpt-4o: { input: 2.50, cached_input: 1.25, output: 10 }');
    expect(prices.priceOf('openai', 'gpt-4o')).toEqual({ input: 2.5, cachedInput: 1.25, output: 10 });
  });

  it('of input from the cache is that of other input when it is left out', () => {
    const prices = parse('perplexity:\n  sonar: { input: 1, output: 2 }');
    expect(prices.priceOf('perplexity', 'sonar')).toEqual({ input: 1, cachedInput: 1, output: 2 });
  });

  it('is one number for all three where that is so, such as nothing', () => {
    const free = { input: 0, cachedInput: 0, output: 0 };
    expect(parse('openai-compatible:\n  "*": 0').priceOf('openai-compatible', 'llama3')).toEqual(free);
  });

  it('is that of the exact name, else of the longest beginning', () => {
    const prices = parse(
      'openai:\n  "*": 1\n  gpt*: 2\n  gpt-4o*: 3\n  gpt-4o-mini*: 4\n  gpt-4o-old: 5\n  "4": 6',
    );
    const costs = [
      'o3',
      'gpt-5',
      'gpt-4o',
      'gpt-4o-2024-08-06',
      'gpt-4o-mini-2024',
      'gpt-4o-old',
      'gpt-4o-olds',
      '4',
    ];
    expect(costs.map((model) => prices.priceOf('openai', model)?.input)).toEqual([1, 2, 3, 3, 4, 5, 3, 6]);
  });

  it('is not known of a model that nothing is said of, nor of another provider’s', () => {
    const prices = parse('openai:\n  gpt-4o: 1\nxai: {}');
    for (const [provider, model] of [
      ['openai', 'gpt-4'],
      ['openai', ''],
      ['xai', 'gpt-4o'],
      ['gemini', 'x'],
    ] as const) {
      expect(prices.priceOf(provider, model)).toBeUndefined();
    }
  });

  it('is known of nothing in an empty file', () => {
    for (const text of ['', '\uFEFF# nothing', '{}'])
      expect(parse(text).priceOf('openai', 'gpt-4o')).toBeUndefined();
  });
});

describe('an error names file, line and column', () => {
  it.each([
    ['[]', ['1:1: the file must be a map of keys and values']],
    ['openia:\n  a: 1', ['1:1: there is no provider "openia"; did you mean "openai"?']],
    ['openai: 3', ['1:9: "openai" must be a map of keys and values']],
    ['openai:\n  a:', ['2:3: "a" has nothing under it; take it away']],
    ['openai:\n  a: { input: 1 }', ['2:6: "a" needs "output"']],
    [
      'openai:\n  a: { input: 1, output: 2, cached: 1 }',
      ['2:29: unknown key "cached"; known are: input, cached_input, output'],
    ],
    [
      'openai:\n  a: { input: -1, output: 2 }',
      ['2:15: "input" must be US dollars per million tokens, a number from 0 to 100000'],
    ],
    [
      'openai:\n  a: { input: .inf, output: 2 }',
      ['2:15: "input" must be US dollars per million tokens, a number from 0 to 100000'],
    ],
    [
      'openai:\n  a: { input: "1", output: 2 }',
      ['2:15: "input" must be US dollars per million tokens, a number from 0 to 100000'],
    ],
    ['openai:\n  a: free', ['2:6: "a" must be US dollars per million tokens, a number from 0 to 100000']],
    ['openai:\n  a: [1]', ['2:6: "a" must be a number, or a map of input, cached_input, output']],
    [
      'openai:\n  a*b: 1',
      ['2:3: "a*b" is no model: a "*" stands at the end of a name, and there is one at most'],
    ],
    ['openai:\n  a: 1\n  a: 2', ['3:3: "a" stands here a second time']],
    ['openai:\n  *: 1', ['2:6: a name that begins with "*" needs quotes']],
    ['openai:\n  a: 1\n---\nxai:', ['3:1: a second YAML document begins here; a file holds one']],
    ['openai: &all\n  a: 1\nxai: *all', ['3:6: "xai" must be a map of keys and values']],
  ])('%j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems.map((problem) => `p.yaml:${problem}`));
  });

  it('for all that is wrong at once, in the file’s order', () => {
    const lines = problemsOf('openai:\n  a: { output: -2 }\n  b: -1\nxia:\n  c: 1');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'p.yaml:2:6:',
      'p.yaml:2:16:',
      'p.yaml:3:6:',
      'p.yaml:4:1:',
    ]);
  });
});

describe('a price file in use', () => {
  const stage = async (text: string) => {
    const file = path.join(await temporaryDirectory(), 'prices.yaml');
    await writeFile(file, text);
    const logger = collectingLogger();
    const clock = { now: 0 };
    let changes = 0;
    const change = async (newText: string) => {
      await writeFile(file, newText);
      // Two changes within one tick of the file system's clock look like one.
      await utimes(file, ++changes, changes);
    };
    return { file, logger, clock, change, prices: readPriceList(file, { logger, now: () => clock.now }) };
  };

  it('is read again when it has changed, and looked at every 10 s at most', async () => {
    const { prices, change, clock, logger } = await stage('openai:\n  a: 1');
    await change('openai:\n  a: 2');
    clock.now = 9_999;
    expect(prices.priceOf('openai', 'a')?.input).toBe(1);
    clock.now = 10_000;
    expect(prices.priceOf('openai', 'a')?.input).toBe(2);
    await change('openai:\n  a: 3');
    clock.now = 19_999;
    expect(prices.priceOf('openai', 'a')?.input).toBe(2);
    clock.now = 20_000;
    expect(prices.priceOf('openai', 'a')?.input).toBe(3);
    clock.now = 30_000;
    expect(prices.priceOf('openai', 'a')?.input).toBe(3);
    expect(logger.lines.map((line) => line.level)).toEqual(['info', 'info']);
  });

  it('that is broken or gone is told of once, and the old prices stay', async () => {
    const { prices, change, clock, logger, file } = await stage('openai:\n  a: 1');
    const look = () => {
      clock.now += 10_000;
      return prices.priceOf('openai', 'a')?.input;
    };
    await change('openai:\n  a: cheap');
    expect([look(), look()]).toEqual([1, 1]);
    expect(logger.lines).toMatchObject([
      { level: 'error', error: { message: expect.stringContaining(`${file}:2:6: "a"`) as string } },
    ]);
    await rm(file);
    expect([look(), look()]).toEqual([1, 1]);
    expect(logger.lines.map((line) => line.level)).toEqual(['error', 'error']);
    await change('openai:\n  a: 4');
    expect(look()).toBe(4);
  });

  it('must be there and right at the start, and the error says what to set', async () => {
    const file = path.join(await temporaryDirectory(), 'none.yaml');
    expect(() => readPriceList(file, { logger: silentLogger })).toThrow(
      `the price file ${file} cannot be read`,
    );
    await writeFile(file, 'openai: 1');
    expect(() => readPriceList(file, { logger: silentLogger, optional: true })).toThrow(`${file}:1:9: `);
    await writeFile(file, `# ${'x'.repeat(1024 * 1024)}`);
    expect(() => readPriceList(file, { logger: silentLogger })).toThrow('larger than 1 MiB');
  });

  it('that nobody named may be missing: then nothing has a price, until it is there', async () => {
    const file = path.join(await temporaryDirectory(), 'none.yaml');
    const clock = { now: 0 };
    const prices = readPriceList(file, { logger: silentLogger, optional: true, now: () => clock.now });
    expect(prices.priceOf('openai', 'a')).toBeUndefined();
    await writeFile(file, 'openai:\n  a: 1');
    clock.now = 10_000;
    expect(prices.priceOf('openai', 'a')?.input).toBe(1);
  });
});

describe('the prices that come with Troupe', () => {
  const file = path.resolve(import.meta.dirname, '../../prices.yaml');
  const prices = readPriceList(file, { logger: silentLogger });

  it('know the default model of every provider', () => {
    for (const provider of PROVIDER_NAMES) {
      expect(prices.priceOf(provider, PRESETS[provider].defaultModel ?? 'llama3')).toBeDefined();
    }
  });

  it.each([
    ['openai', 'gpt-4o-2024-08-06', 2.5],
    ['openai', 'gpt-4o-mini-2024-07-18', 0.15],
    ['openai', 'gpt-5-2025-08-07', 1.25],
    ['openai', 'gpt-5-pro', undefined],
    ['anthropic', 'claude-opus-4-20250514', 15],
    ['anthropic', 'claude-opus-4-5-20251101', 5],
    ['anthropic', 'claude-3-5-haiku-latest', 0.8],
    ['xai', 'grok-4-0709', 3],
    ['xai', 'grok-4-fast-reasoning', 0.2],
    ['gemini', 'gemini-2.5-flash-lite', 0.1],
    ['openai-compatible', 'llama3:8b', 0],
  ])('know what %s asks for %s', (provider, model, input) => {
    expect(prices.priceOf(provider, model)?.input).toBe(input);
  });

  it('say from when they are, and that they must be checked', () => {
    expect(readFileSync(file, 'utf8')).toMatch(/^# .*\n?.*20\d\d[^]*check them/);
  });

  it('never ask more for input from the cache than for other input, nor more for input than for output', () => {
    for (const models of parsePrices(readFileSync(file, 'utf8'), file).values()) {
      for (const { input, cachedInput, output } of models.values()) {
        expect(cachedInput).toBeLessThanOrEqual(input);
        expect(input).toBeLessThanOrEqual(output);
      }
    }
  });
});
