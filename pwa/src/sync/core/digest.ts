/**
 * Whether this device holds what the server thinks it holds: for each scope the number of its rows and the xor of their
 * marks. A mark is the first 64 bits of SHA-256("entity|id|version").
 */
import type { Digest } from './canonical.ts'

export type Held = { entity: string; id: string; version: number; scopes: string[] }

/** `xor64` is written as 16 hex digits. */
export type ScopeDigest = { count: number; xor64: string }

/** Marks that were computed before, by `entity|id|version`: only what changed is hashed. */
export type Marks = Map<string, bigint>

/** The digest of each scope of these rows. `marks` is filled for the next time, and forgets rows that are gone. */
export async function digests(rows: Held[], marks: Marks, digest: Digest): Promise<Map<string, ScopeDigest>> {
  const names = rows.map(({ entity, id, version }) => `${entity}|${id}|${version}`)
  const unknown = names.filter((name) => !marks.has(name))
  const fresh = await Promise.all(unknown.map((name) => mark(name, digest)))
  for (const [index, name] of unknown.entries()) marks.set(name, fresh[index]!)
  const kept = new Set(names)
  for (const name of marks.keys()) if (!kept.has(name)) marks.delete(name)

  const totals = new Map<string, { count: number; xor: bigint }>()
  for (const [index, { scopes }] of rows.entries()) {
    for (const scope of scopes) {
      const { count, xor } = totals.get(scope) ?? { count: 0, xor: 0n }
      totals.set(scope, { count: count + 1, xor: xor ^ marks.get(names[index]!)! })
    }
  }
  return new Map([...totals].map(([scope, { count, xor }]) => [scope, { count, xor64: hex(xor) }]))
}

/** The scopes of which the device's rows are not the server's, and those that it should not hold at all. */
export function differing(own: Map<string, ScopeDigest>, server: Record<string, ScopeDigest>): { wrong: string[]; lost: string[] } {
  const wrong = Object.entries(server).filter(([scope, { count, xor64 }]) => {
    const mine = own.get(scope) ?? { count: 0, xor64: hex(0n) }
    return mine.count !== count || mine.xor64 !== xor64
  })
  return { wrong: wrong.map(([scope]) => scope), lost: [...own.keys()].filter((scope) => !(scope in server)) }
}

async function mark(name: string, digest: Digest): Promise<bigint> {
  return new DataView(await digest(new TextEncoder().encode(name))).getBigUint64(0)
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0')
}
