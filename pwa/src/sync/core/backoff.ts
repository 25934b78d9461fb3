/** How long to wait before the next try: full jitter, so that a thousand phones do not come back in one second. */

export const LONGEST_WAIT = 5 * 60_000
const FIRST_WAIT = 1_000

/**
 * Milliseconds until the next try, after `failures` (1 or more) in a row. `random` is in [0, 1). What the server asked
 * for in Retry-After (`atLeast`, milliseconds) is the floor; jitter goes on top of it.
 */
export function backoff(failures: number, random: number, atLeast = 0): number {
  const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 20))
  return Math.round(atLeast + random * ceiling)
}
