// Loaded into a host: throws an error that nobody takes care of whenever it is told to.
process.on('SIGUSR2', () => {
  void Promise.reject(new Error('nobody takes care of this'));
});
