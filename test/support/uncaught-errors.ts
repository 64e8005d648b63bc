// Loaded into a host: throws errors that nobody takes care of whenever it is told to, one or a storm of them.
const fail = (): void => {
  void Promise.reject(new Error('nobody takes care of this'));
};
process.on('SIGUSR2', fail);
process.on('SIGHUP', () => {
  for (let n = 0; n < 50; n++) fail();
});
