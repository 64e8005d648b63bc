/** Wrong passwords that are free: people mistype. */
const FREE_FAILURES = 5;

/** In milliseconds. It doubles with each wrong password. */
const FIRST_LOCK = 15_000;

/** Never longer: nobody is to be locked out for good by whoever knows their name. */
const LONGEST_LOCK = 900_000;

/** How long nobody may try again under a name after so many wrong passwords in a row, in milliseconds; 0: not at all. */
export function lockAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(LONGEST_LOCK, FIRST_LOCK * 2 ** Math.min(20, failures - FREE_FAILURES));
}
