/** The truth about sync in a few numbers. All count contacts, not mutations. */
import { type Queued, handedOverIds, isUnsettled, replacedIds } from './queue.ts'
import type { Replayed } from './replay.ts'

/**
 * `unsent`: not known to be on the server. `look`: ask the worker (refused, or two versions). `held`: on the server,
 * waiting for another record. `handedOver`: the supervisors' to answer. `oldest`: when the oldest unsent act was done.
 */
export type Summary = { unsent: number; look: number; held: number; handedOver: number; oldest: Date | null }

export const NOTHING: Summary = { unsent: 0, look: 0, held: 0, handedOver: 0, oldest: null }

export function summarise(queue: Queued[], view: Map<string, Replayed>): Summary {
  const found = { unsent: new Set<string>(), look: new Set<string>(), held: new Set<string>(), handedOver: new Set<string>() }
  const replaced = replacedIds(queue)
  const passedOn = handedOverIds(queue)
  let oldest: Date | null = null
  for (const queued of queue) {
    const { mutation, state } = queued
    const contact = contactOf(mutation.entity_id, view)
    if (isUnsettled(queued)) {
      found.unsent.add(contact)
      const done = new Date(mutation.occurred_at)
      if (oldest === null || done < oldest) oldest = done
    }
    if (replaced.has(mutation.id)) continue
    if (state === 'held') found.held.add(contact)
    else if (state === 'handed_over' || (state === 'look' && passedOn.has(mutation.id))) found.handedOver.add(contact)
    else if (state === 'look') found.look.add(contact)
  }
  for (const row of view.values()) {
    if (row.entity !== 'conflict' || row.data['choice'] != null) continue
    const contact = contactOf(row.id, view)
    if (view.get(contact)?.removed === false) found.look.add(contact)
  }
  const { unsent, look, held, handedOver } = found
  return { unsent: unsent.size, look: look.size, held: held.size, handedOver: handedOver.size, oldest }
}

/** The contact that a record belongs to; of two versions, the contact of the record. */
function contactOf(id: string, view: Map<string, Replayed>): string {
  const row = view.get(id)
  if (row?.entity === 'conflict') return contactOf(String(row.data['entity_id']), view)
  return String(row?.data['contact_id'] ?? id)
}
