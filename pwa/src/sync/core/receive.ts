/** What one change of the feed does to the copy of a row on this device. */
import type { Change } from './wire.ts'

export type Copy = { scopes: string[]; version: number }

/** `replace` says whether the content of the change takes the place of the content on the device. */
export type Received = Copy & { replace: boolean }

/**
 * The copy after a change; null when it goes. A row may come by several scopes: the set is kept, a remove takes one
 * scope away, the copy goes with the last one. An older version never replaces a newer one. A purge takes all.
 */
export function receive(copy: Copy | undefined, change: Change): Received | null {
  if (change.kind === 'remove') {
    const scopes = (copy?.scopes ?? []).filter((scope) => scope !== change.scope)
    if (!copy || scopes.length === 0 || change.reason === 'purged') return null
    return { scopes, version: copy.version, replace: false }
  }
  if (!copy) return { scopes: [change.scope], version: change.version, replace: true }
  const scopes = copy.scopes.includes(change.scope) ? copy.scopes : [...copy.scopes, change.scope]
  const replace = change.version >= copy.version
  return { scopes, version: replace ? change.version : copy.version, replace }
}

/** The scopes that are left of a row when some are no longer this device's. */
export function withoutScopes(scopes: string[], lost: Set<string>): string[] {
  return scopes.filter((scope) => !lost.has(scope))
}
