// Preloaded into every program under test: SIGUSR2 collects garbage, so that memory can be read from outside without
// what merely waits to be collected.
process.on('SIGUSR2', () => {
  void globalThis.gc?.();
});

export {};
