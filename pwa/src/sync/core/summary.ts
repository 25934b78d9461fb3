/** The truth about sync in three numbers. */
import { type Queued, isUnsettled, replacedIds } from './queue.ts'
import type { Replayed } from './replay.ts'

/** `unsent` and `look` count contacts, not mutations; `oldest` is when the oldest unsent act was done. */
export type Summary = { unsent: number; look: number; oldest: Date | null }

export function summarise(queue: Queued[], view: Map<string, Replayed>): Summary {
  const unsent = new Set<string>()
  const look = new Set<string>()
  const replaced = replacedIds(queue)
  let oldest: Date | null = null
  for (const queued of queue) {
    const { mutation } = queued
    const contact = String(view.get(mutation.entity_id)?.data['contact_id'] ?? mutation.entity_id)
    if (queued.state === 'look' && !replaced.has(mutation.id)) look.add(contact)
    if (!isUnsettled(queued)) continue
    unsent.add(contact)
    const done = new Date(mutation.occurred_at)
    if (oldest === null || done < oldest) oldest = done
  }
  return { unsent: unsent.size, look: look.size, oldest }
}
