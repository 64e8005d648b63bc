// Preloaded into every program under test, so that few bots can be driven hard and memory can be read from outside.
import { DefaultRestOptions } from '@discordjs/rest';

// @discordjs/rest keeps a bot to Discord's 50 requests a second. What is measured here is the program, not that wait.
Object.assign(DefaultRestOptions, { globalRequestsPerSecond: Number.POSITIVE_INFINITY });

// Without what merely waits to be collected, memory is what is really held.
process.on('SIGUSR2', () => {
  void globalThis.gc?.();
});
