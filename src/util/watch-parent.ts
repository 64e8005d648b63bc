/** Between two looks, in milliseconds. */
const INTERVAL = 250;

/**
 * Tells when the process that started this one is gone: a shell that is ended by a signal does not hand it on, and its
 * child runs on without anybody who could end it. Systems without orphans (Windows) are never told of.
 *
 * @returns ends the watch
 */
export function watchParent(onGone: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, INTERVAL);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
