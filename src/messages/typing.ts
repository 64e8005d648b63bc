import type { Outbox } from './outbox.ts';

/** Discord shows typing for ten seconds; shown again a little before that, in milliseconds. */
const REPEAT = 8_000;

/** How long the answer waits for a typing request that is under way, in milliseconds. */
const PATIENCE = 500;

/** Typing that is being shown. */
export interface Typing {
  /** Ends it. Resolves once no request is under way: one that arrived after the answer would show for ever. */
  stop(): Promise<void>;
}

/**
 * Shows that the bot is typing, from now until it is stopped.
 *
 * The first request goes out with the next turn of the event loop: an answer that is there at once needs none.
 */
export function showTyping(outbox: Outbox, channelId: string): Typing {
  let underway: Promise<void> = Promise.resolve();
  let repeating: NodeJS.Timeout | undefined;
  const show = (): void => {
    underway = outbox.showTyping(channelId).catch(() => undefined);
  };
  const first = setImmediate(() => {
    show();
    repeating = setInterval(show, REPEAT);
  });
  let stopped: Promise<void> | undefined;
  return {
    stop: () => (stopped ??= stop()),
  };

  async function stop(): Promise<void> {
    clearImmediate(first);
    if (repeating === undefined) return;
    clearInterval(repeating);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([underway, patience]);
    clearTimeout(timer);
  }
}
