import { readdir } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { runProcess, type RunningProcess } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NOTHING_LEFT: string[] = [];
let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

/** Runs the demo with a directory of its own for temporary files, so that what it leaves there shows. */
function runDemo(args: readonly string[] = [], env: Record<string, string> = {}): RunningProcess {
  return runProcess('scripts/demo.ts', { TMPDIR: directory, ...env }, args);
}

describe('the demo without a terminal', () => {
  it('plays its conversation, prints it and ends with exit 0', async () => {
    const demo = runDemo();
    expect(await demo.ended).toBe(0);
    const output = demo.output();
    expect(output).toContain(
      '● Ada         @Prompter to be, or not to be\n ╰ ❝ Prompter    psst… “to be, or not to be”',
    );
    expect(output).toContain('everyone-disabled');
    expect(output).toContain('LOUDER: “to be, or not to be”');
    expect(output).toContain('no new identify spent');
    expect(output).toContain('You told me: “I play the gravedigger tonight.”');
    expect(output).toMatch(/\/reset · Dramaturg\n.*Forgotten: 2 .*\n.*ephemeral/);
    expect(output).toContain('Nothing, Ada.');
    expect(output).toMatch(/✓ \d+ messages, 1 command, \d+ answers, all as they should be/);
    expect(output).not.toContain('\u001b');
    expect(await readdir(directory)).toEqual(NOTHING_LEFT);
  });

  it('prints the same each time, in colours where these are demanded', async () => {
    const [first, second] = [runDemo(['--script'], { FORCE_COLOR: '1' }), runDemo(['--script'])];
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    expect(first.output()).toContain('\u001b[36m');
    // eslint-disable-next-line no-control-regex
    expect(first.output().replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(second.output());
  });

  it('asks no provider, whatever key is set', async () => {
    const nowhere = { ANTHROPIC_API_KEY: 'a-key', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' };
    const demo = runDemo([], nowhere);
    expect(await demo.ended).toBe(0);
    expect(demo.output()).toContain('Dramaturg speaks with a stand-in LLM.');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends at %s and leaves nothing behind',
    async (signal) => {
      const demo = runDemo();
      await demo.until(/Ada/);
      demo.child.kill(signal);
      // It may have been done already.
      expect([130, 0]).toContain(await demo.ended);
      expect(demo.output()).not.toContain('Error');
      expect(await readdir(directory)).toEqual(NOTHING_LEFT);
    },
  );
});

describe('the options of the demo', () => {
  it('explains itself', async () => {
    const demo = runDemo(['--help']);
    expect(await demo.ended).toBe(0);
    expect(demo.output()).toContain('--script');
    expect(demo.output()).toContain('ANTHROPIC_API_KEY');
  });

  it('refuses an option that it does not have', async () => {
    const demo = runDemo(['--scirpt']);
    expect(await demo.ended).toBe(1);
    expect(demo.output()).toContain('--scirpt');
  });
});
