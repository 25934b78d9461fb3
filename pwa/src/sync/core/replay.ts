/**
 * What the worker sees: the server's rows with the own unsent sets replayed over them. Nothing is written, so a pull
 * can never lose or flicker what was typed.
 */
import type { EntityName, RecordState, ResultError } from '../../store/types.ts'
import { type Queued, replacedIds } from './queue.ts'
import type { Fields, Mutation } from './wire.ts'

export type ServerRow = { entity: EntityName; id: string; version: number; data: Fields }

/** `version` is that of the server's copy, null when there is none on this device. */
export type Replayed = {
  entity: EntityName
  id: string
  version: number | null
  data: Fields
  removed: boolean
  state: RecordState
  error?: ResultError
}

/** Rows by id after replay, those that were removed included (`removed`). */
export function replay(rows: ServerRow[], queue: Queued[]): Map<string, Replayed> {
  const view = new Map<string, Replayed>()
  for (const row of rows) view.set(row.id, { ...row, removed: false, state: 'arrived' })
  const replaced = replacedIds(queue)
  for (const queued of [...queue].sort((a, b) => a.mutation.no - b.mutation.no)) {
    if (queued.state !== 'kept' && !replaced.has(queued.mutation.id)) lay(view, queued)
  }
  return view
}

function lay(view: Map<string, Replayed>, queued: Queued): void {
  const { mutation, result } = queued
  const before = view.get(mutation.entity_id) ?? nothing(mutation)
  const row = { ...before, state: worse(before.state, shownState(queued)) }
  // The pull may be faster than this replay: a row that already holds the effect keeps what came after it.
  const pulled = before.version !== null && result?.version != null && before.version >= result.version
  if (!pulled) apply(row, queued)
  if (queued.state === 'look') row.error = result?.error ?? { code: 'conflict', field: null, message_key: null }
  view.set(mutation.entity_id, row)
}

function apply(row: Replayed, { mutation, state, result }: Queued): void {
  switch (mutation.op) {
    case 'create':
    case 'update': {
      // In a conflict the server's value stays until somebody chooses.
      const lost = new Set(result?.conflicts.map(({ field }) => field))
      row.removed = false // an update beats a deletion
      row.data = { ...row.data, ...Object.fromEntries(Object.entries(mutation.set).filter(([key]) => !lost.has(key))) }
      break
    }
    case 'delete':
      row.removed = state !== 'look' // a refused delete hides nothing
      break
    case 'undelete':
      row.removed = false
  }
}

function nothing(mutation: Mutation): Replayed {
  return { entity: mutation.entity, id: mutation.entity_id, version: null, data: {}, removed: false, state: 'arrived' }
}

function shownState({ state }: Queued): RecordState {
  return state === 'kept' ? 'arrived' : state
}

const SEVERITY: RecordState[] = ['arrived', 'sent', 'here', 'look']

/** The state that says more: look, then here, then sent, then arrived. */
export function worse(a: RecordState, b: RecordState): RecordState {
  return SEVERITY.indexOf(a) > SEVERITY.indexOf(b) ? a : b
}
