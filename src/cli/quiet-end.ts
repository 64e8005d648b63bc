/**
 * Has the process end quietly, with exit code 0, when nobody reads any more what it prints: `npm run doctor | head -1`.
 * Every other error of the stream is thrown. For scripts; call it first.
 */
export function endQuietly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
