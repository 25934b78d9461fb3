/** A rescue file, cut into requests that the server takes. */
import { isRecord } from '../sync/core/answer.ts'

export type Taken = { new: number; duplicate: number; quarantined: number }

const MOST = 100
/** Under the server's limit of 1 MiB, with room for the frame. */
const MOST_SIGNS = 900_000

/** The envelopes of a file; null when it is something else. */
export function envelopesIn(text: string): unknown[] | null {
  try {
    const file: unknown = JSON.parse(text)
    return isRecord(file) && Array.isArray(file['envelopes']) ? file['envelopes'] : null
  } catch {
    return null
  }
}

export function parts(envelopes: unknown[]): unknown[][] {
  const found: unknown[][] = []
  let room = 0
  for (const envelope of envelopes) {
    const size = JSON.stringify(envelope).length
    if (size > room || found.at(-1)!.length === MOST) {
      found.push([])
      room = MOST_SIGNS
    }
    found.at(-1)!.push(envelope)
    room -= size
  }
  return found
}
