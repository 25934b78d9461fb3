/**
 * The life of one mutation on the device: here → sent → arrived, or *look* when the server asks for the worker.
 * A mutation leaves the outbox only when the server has it and a backup has it (`kept` are the sent copies that are
 * handed in again after a restore), when its record was purged, or when somebody answered its refusal.
 */
import type { Mutation, MutationResult } from './wire.ts'

/**
 * `here`: never handed in. `sent`: handed in, no answer yet. `held`: the server keeps it until what it waits for has come.
 * `look`: refused, payload kept here and there. `handed_over`: refused, and now the supervisors' to answer.
 * `arrived`: applied, not pulled back yet. `kept`: applied and pulled back; a copy for the case of a restore.
 */
export type QueueState = 'here' | 'sent' | 'held' | 'look' | 'handed_over' | 'arrived' | 'kept'

/** `epoch` is that of the server whose `result` it is: positions of different epochs cannot be compared. */
export type Queued = { state: QueueState; mutation: Mutation; result: MutationResult | null; epoch?: string | null }

/**
 * `answered`: the answer of a push. `outcome`: the same by the feed, where it may also change later. `handed_over`: the
 * server took the author's wish to hand it over. `restored`: the server lost what came after its last backup.
 */
export type QueueEvent =
  | { what: 'handed_in' }
  | { what: 'answered' | 'outcome'; result: MutationResult; epoch?: string | null }
  | { what: 'handed_over' }
  | { what: 'pulled' }
  | { what: 'restored' }

/** The mutation after an event; null when it leaves the outbox. The same object when nothing changes. */
export function advance(queued: Queued, event: QueueEvent): Queued | null {
  const { state } = queued
  switch (event.what) {
    case 'handed_in':
      return state === 'here' ? { ...queued, state: 'sent' } : queued
    case 'answered':
      if (event.result.status === 'gone') return null
      return isOpen(queued) ? judged(queued, event) : queued // a late copy of an answer changes nothing
    case 'outcome':
      if (event.result.status === 'gone') return null
      return isOpen(queued) || isRefused(queued) ? judged(queued, event) : queued
    case 'handed_over':
      return state === 'look' || state === 'held' ? { ...queued, state: 'handed_over' } : queued
    case 'pulled':
      return state === 'arrived' ? { ...queued, state: 'kept' } : queued
    case 'restored':
      return state === 'here' || state === 'sent' ? queued : { ...queued, state: 'sent', result: null, epoch: null }
  }
}

function judged(queued: Queued, { result, epoch = null }: Extract<QueueEvent, { result: MutationResult }>): Queued | null {
  const answered = { ...queued, result, epoch }
  switch (result.status) {
    case 'applied':
    case 'merged':
    case 'duplicate':
    case 'conflict': // stored; the two values are a record of their own
      return { ...answered, state: 'arrived' }
    case 'held':
    case 'handed_over':
      return { ...answered, state: result.status }
    case 'rejected':
      return { ...answered, state: 'look' }
    case 'replaced':
    case 'discarded':
      return null // somebody answered the refusal, here or at the desk
    default: // the status of a later server is not understood: it stays as it is, and is asked for again
      return isUnsettled(queued) ? { ...answered, state: 'sent' } : queued
  }
}

/** Not known to be on the server: counts as unsent, is handed in at every sync. */
export function isUnsettled({ state }: { state: QueueState }): boolean {
  return state === 'here' || state === 'sent'
}

/** No final answer yet: what comes after it on the same record has to wait for it. */
export function isOpen({ state }: { state: QueueState }): boolean {
  return isUnsettled({ state }) || state === 'held'
}

function isRefused({ state }: { state: QueueState }): boolean {
  return state === 'look' || state === 'handed_over'
}

/** Only answers a refusal: says nothing of the record itself. */
export function isAnswer({ op }: Mutation): boolean {
  return op === 'discard' || op === 'hand_over'
}

/** The refused one that this mutation settles: a hand-over only passes it on. */
function settles(mutation: Mutation): string | undefined {
  return mutation.op === 'hand_over' ? undefined : mutation.replaces
}

/**
 * Ids of mutations that are not shown and not counted any more: those that others in the queue settle, and refused
 * answers to what is not there to be answered or has a newer answer.
 */
export function replacedIds(queue: Queued[]): Set<string> {
  const newest = new Map<string, number>()
  for (const { mutation } of queue) if (mutation.replaces) newest.set(mutation.replaces, mutation.no)
  const known = new Set(queue.map(({ mutation }) => mutation.id))
  const hidden = new Set<string>()
  for (const { mutation, state } of queue) {
    const target = mutation.replaces
    if (!target) continue
    const idle = isAnswer(mutation) && state === 'look'
    if (!idle && settles(mutation)) hidden.add(target)
    if (idle && (!known.has(target) || newest.get(target)! > mutation.no)) hidden.add(mutation.id)
  }
  return hidden
}

/** Ids of refused mutations that their author is handing over: they ask nothing of the worker any more. */
export function handedOverIds(queue: Queued[]): Set<string> {
  const wishes = queue.filter(({ mutation, state }) => mutation.op === 'hand_over' && state !== 'look')
  return new Set(wishes.flatMap(({ mutation }) => mutation.replaces ?? []))
}

/** What a mutation settles, and what that one had settled: all of it may go once the last word has arrived. */
export function replacedBy(mutation: Mutation, queue: Queued[]): string[] {
  const known = new Map(queue.map((queued) => [queued.mutation.id, queued.mutation]))
  const chain: string[] = []
  for (let id = settles(mutation); id && !chain.includes(id); id = known.get(id)?.replaces) chain.push(id)
  return chain
}

/** The newest open mutation on a record, on which the next one depends. */
export function lastUnsettled(queue: Queued[], entityId: string): Mutation | null {
  let last: Mutation | null = null
  for (const queued of queue) {
    if (queued.mutation.entity_id !== entityId || !isOpen(queued) || isAnswer(queued.mutation)) continue
    if (last === null || queued.mutation.no > last.no) last = queued.mutation
  }
  return last
}

/** What the server said of some mutations, by a push (`answered`) or by the feed (`outcome`), and what follows from it. */
export type Verdicts = { what: 'answered' | 'outcome'; epoch: string | null; results: MutationResult[] }

/** The rows of the outbox that change, and the ids of those that leave it. */
export function settle(queue: Queued[], { what, epoch, results }: Verdicts): { changed: Queued[]; gone: string[] } {
  const verdicts = new Map(results.map((result) => [result.id, result]))
  const after = new Map(queue.map((queued) => [queued.mutation.id, queued as Queued | null]))
  for (const queued of queue) {
    const result = verdicts.get(queued.mutation.id)
    if (!result) continue
    const next = advance(queued, { what, result, epoch })
    after.set(queued.mutation.id, next)
    if (next?.state !== 'arrived' || queued.state === 'arrived') continue
    for (const id of replacedBy(queued.mutation, queue)) after.set(id, null)
    const passedOn = queued.mutation.op === 'hand_over' ? after.get(queued.mutation.replaces ?? '') : null
    if (passedOn) after.set(passedOn.mutation.id, advance(passedOn, { what: 'handed_over' }))
  }
  // An answer that was refused, to something that is settled by now, has nothing left to say.
  for (const { mutation, state } of queue) {
    const idle = isAnswer(mutation) && (after.get(mutation.id)?.state ?? state) === 'look'
    if (idle && mutation.replaces && after.get(mutation.replaces) === null) after.set(mutation.id, null)
  }
  const before = new Map(queue.map((queued) => [queued.mutation.id, queued]))
  return {
    changed: [...after.values()].filter((next): next is Queued => next !== null && next !== before.get(next.mutation.id)),
    gone: [...after].filter(([id, next]) => next === null && before.has(id)).map(([id]) => id),
  }
}
