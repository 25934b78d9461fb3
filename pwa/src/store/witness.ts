/**
 * A witness outside IndexedDB: how many unsent records there should be. When a browser threw the store away, the app
 * can say so instead of showing an empty list as if nothing had been there.
 */
const key = (membershipId: string): string => `wegwijs/unsent/${membershipId}`

/** How many unsent records were there when this was last written. */
export function witnessed(membershipId: string): number {
  try {
    return Number(localStorage.getItem(key(membershipId))) || 0
  } catch {
    return 0 // no local storage: no witness
  }
}

export function bearWitness(membershipId: string, unsent: number): void {
  try {
    if (unsent) localStorage.setItem(key(membershipId), String(unsent))
    else localStorage.removeItem(key(membershipId))
  } catch {
    // A full or forbidden local storage only costs us the witness.
  }
}
