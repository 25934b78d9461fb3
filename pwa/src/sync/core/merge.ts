/**
 * Three-way merge of one field, as the server does it: what the author saw (`base`), what the server has (`current`),
 * what the author wants (`mine`). Here it only foretells what will be shown; the server decides.
 */
import type { Json } from './wire.ts'

/** `keep_both`: the server's stays, the author's is kept beside it. `authority`: the server's stays. `set_union`: lists. */
export type Policy = 'keep_both' | 'authority' | 'set_union'

export type Merged = { value: Json; merged: boolean; conflict: boolean }

/** `base` is undefined where the author did not say what they saw. */
export function mergeField(policy: Policy, base: Json | undefined, current: Json, mine: Json): Merged {
  if (same(current, mine)) return { value: current, merged: false, conflict: false }
  if (base !== undefined && same(current, base)) return { value: mine, merged: false, conflict: false }
  if (policy === 'set_union') return { value: union(items(base), items(current), items(mine)), merged: true, conflict: false }
  return { value: current, merged: true, conflict: policy === 'keep_both' }
}

/** (current and what was added) without what was removed. What the author did not see was not taken away by them. */
function union(seen: Json[], current: Json[], mine: Json[]): Json[] {
  const removed = seen.filter((item) => !mine.includes(item))
  // Only what the author put there: what was merely left standing must not bring back what somebody else removed.
  const added = mine.filter((item) => !seen.includes(item) && !current.includes(item))
  return [...current, ...added].filter((item) => !removed.includes(item))
}

function items(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

export function same(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
