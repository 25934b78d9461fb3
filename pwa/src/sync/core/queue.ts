/**
 * The life of one mutation on the device: here → sent → arrived, or *look* when the server asks for the worker.
 * A mutation leaves the outbox only when the server has it (and a backup has it: `kept` are the sent copies that are
 * handed in again after a restore), when its record was purged, or when the worker discards it.
 */
import type { Mutation, MutationResult } from './wire.ts'

/**
 * `here`: never handed in. `sent`: handed in, no final answer yet. `look`: refused or in conflict, payload kept.
 * `arrived`: applied, not pulled back yet. `kept`: applied and pulled back; a copy for the case of a restore.
 */
export type QueueState = 'here' | 'sent' | 'look' | 'arrived' | 'kept'

export type Queued = { state: QueueState; mutation: Mutation; result: MutationResult | null }

export type QueueEvent =
  | { what: 'handed_in' }
  | { what: 'answered'; result: MutationResult }
  | { what: 'pulled' }
  | { what: 'restored' }

/** The mutation after an event; null when it leaves the outbox. The same object when nothing changes. */
export function advance(queued: Queued, event: QueueEvent): Queued | null {
  const { state } = queued
  switch (event.what) {
    case 'handed_in':
      return state === 'here' ? { ...queued, state: 'sent' } : queued
    case 'answered':
      return event.result.status === 'gone' ? null : answered(queued, event.result)
    case 'pulled':
      return state === 'arrived' ? { ...queued, state: 'kept' } : queued
    case 'restored':
      return state === 'arrived' || state === 'kept' ? { ...queued, state: 'sent', result: null } : queued
  }
}

function answered(queued: Queued, result: MutationResult): Queued {
  if (!isUnsettled(queued)) return queued // a late copy of an answer changes nothing
  switch (result.status) {
    case 'applied':
    case 'merged':
    case 'duplicate':
      return { ...queued, state: 'arrived', result }
    case 'conflict':
    case 'rejected':
      return { ...queued, state: 'look', result }
    default: // held waits on the server; a status of a later server is not understood: ask again next time
      return { ...queued, state: 'sent', result }
  }
}

/** Not known to be on the server: counts as unsent, is handed in at every sync. */
export function isUnsettled({ state }: { state: QueueState }): boolean {
  return state === 'here' || state === 'sent'
}

/** Ids of the mutations that others in the queue replace: no longer shown, no longer counted. */
export function replacedIds(queue: Queued[]): Set<string> {
  return new Set(queue.flatMap(({ mutation }) => mutation.replaces ?? []))
}

/** What a mutation replaces, and what that one replaced: all of it may go once the last word has arrived. */
export function replacedBy(mutation: Mutation, queue: Queued[]): string[] {
  const known = new Map(queue.map((queued) => [queued.mutation.id, queued.mutation]))
  const chain: string[] = []
  for (let id = mutation.replaces; id && !chain.includes(id); id = known.get(id)?.replaces) chain.push(id)
  return chain
}

/** The newest unsettled mutation on a record, on which the next one depends. */
export function lastUnsettled(queue: Queued[], entityId: string): Mutation | null {
  let last: Mutation | null = null
  for (const queued of queue) {
    if (queued.mutation.entity_id !== entityId || !isUnsettled(queued)) continue
    if (last === null || queued.mutation.no > last.no) last = queued.mutation
  }
  return last
}
