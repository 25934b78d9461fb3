/**
 * Canonical JSON and the hash by which a mutation is recognised, whichever way it came. The server computes the same
 * (tests/vectors/canonical.json): keys sorted by UTF-16 code units, no white space, strings escaped as JSON.stringify
 * does, whole numbers only, null kept. A key whose value is undefined is left out, as on the wire.
 */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>

/** The canonical text of a JSON value. Throws TypeError for what has none (fractions, NaN, functions). */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return wholeNumber(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object') throw new TypeError(`no canonical form for ${typeof value}`)
  // "<" on strings compares UTF-16 code units: the order wanted.
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join()}}`
}

/** SHA-256 of the canonical text in UTF-8, as 64 hex digits. */
export async function hash(value: unknown, digest: Digest): Promise<string> {
  const bytes = new Uint8Array(await digest(new TextEncoder().encode(canonical(value))))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`not a whole number: ${value}`)
  return String(value === 0 ? 0 : value) // -0 is 0
}
