/** Cutting the queue into pushes. A group is never cut: the server applies it whole or not at all. */
import type { Mutation } from './wire.ts'

const MOST_MUTATIONS = 100
/** Under the server's limit of 1 MiB, with room for the frame. UTF-8 bytes. */
const MOST_BYTES = 900_000

/** Batches in the order of the queue. A group that is larger than a batch makes a batch of its own. */
export function batches(queue: Mutation[], most = MOST_MUTATIONS, bytes = MOST_BYTES): Mutation[][] {
  const result: Mutation[][] = []
  let room = 0
  let places = 0
  for (const group of groups(queue)) {
    const size = byteLength(group)
    if (result.length === 0 || size > room || group.length > places) {
      result.push([])
      room = bytes
      places = most
    }
    result.at(-1)!.push(...group)
    room -= size
    places -= group.length
  }
  return result
}

/** Two halves of a batch that was too large; null when it is one group and cannot be cut. */
export function halve(batch: Mutation[]): [Mutation[], Mutation[]] | null {
  const parts = groups(batch)
  if (parts.length < 2) return null
  const middle = Math.ceil(parts.length / 2)
  return [parts.slice(0, middle).flat(), parts.slice(middle).flat()]
}

/** Neighbours of one group together; a mutation without a group stands alone. */
export function groups(queue: Mutation[]): Mutation[][] {
  const result: Mutation[][] = []
  for (const mutation of queue) {
    const last = result.at(-1)
    if (last && mutation.group !== undefined && last[0]!.group === mutation.group) last.push(mutation)
    else result.push([mutation])
  }
  return result
}

function byteLength(group: Mutation[]): number {
  return new TextEncoder().encode(JSON.stringify(group)).length
}
