/** What has to be let go of, noted where it was acquired. */
export interface Releases {
  /** Notes how to let go of something. */
  add(release: () => Promise<void> | void): void;
  /**
   * Lets go of everything, the latest first; one that fails keeps none of the others. A second call does nothing.
   *
   * @throws the first error, once all is released
   */
  run(): Promise<void>;
}

/** Makes an empty list. */
export function createReleases(): Releases {
  const list: (() => Promise<void> | void)[] = [];
  return {
    add(release) {
      list.push(release);
    },
    async run() {
      const errors: unknown[] = [];
      for (let release = list.pop(); release !== undefined; release = list.pop()) {
        try {
          await release();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
