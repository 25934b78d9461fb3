/**
 * What the worker sees: the server's rows with the own unsent sets replayed over them. Nothing is written, so a pull
 * can never lose or flicker what was typed.
 */
import type { EntityName, RecordState, ResultError } from '../../store/types.ts'
import { mergeField } from './merge.ts'
import { type Queued, handedOverIds, isAnswer, replacedIds } from './queue.ts'
import type { Choice, ConflictData, Fields, Mutation } from './wire.ts'

export type RowName = EntityName | 'conflict'
export type ServerRow = { entity: RowName; id: string; version: number; data: Fields }

/** What a record that was handed in waits for: another record that has not come yet, or a supervisor. */
export type Waits = 'other' | 'supervisor'

/** `version` is that of the server's copy, null when there is none on this device. */
export type Replayed = {
  entity: RowName
  id: string
  version: number | null
  data: Fields
  removed: boolean
  state: RecordState
  waits?: Waits
  error?: ResultError
}

/** Lists in which both sides' changes count; of every other field the author's own value is shown until the answer. */
const LISTS: ReadonlySet<string> = new Set(['further_actions', 'barriers'])

/** Rows by id after replay, those that were removed included (`removed`). */
export function replay(rows: ServerRow[], queue: Queued[]): Map<string, Replayed> {
  const view = new Map<string, Replayed>()
  for (const row of rows) view.set(row.id, { ...row, removed: false, state: 'arrived' })
  const replaced = replacedIds(queue)
  const passedOn = handedOverIds(queue)
  for (const queued of [...queue].sort((a, b) => a.mutation.no - b.mutation.no)) {
    if (queued.state === 'kept' || replaced.has(queued.mutation.id)) continue
    const handedOver = queued.state === 'handed_over' || (queued.state === 'look' && passedOn.has(queued.mutation.id))
    lay(view, queued, handedOver)
  }
  return view
}

function lay(view: Map<string, Replayed>, queued: Queued, handedOver: boolean): void {
  const { mutation, result, state } = queued
  const before = view.get(mutation.entity_id) ?? nothing(mutation)
  const row = { ...before, state: worse(before.state, shownState(queued, handedOver)) }
  // The pull may be faster than this replay: a row that already holds the effect keeps what came after it.
  const pulled = before.version !== null && result?.version != null && before.version >= result.version
  if (!pulled) apply(view, row, queued)
  if (state === 'held') row.waits = 'other'
  if (handedOver) row.waits = 'supervisor'
  else if (state === 'look') row.error = result?.error ?? { code: 'unknown', field: null, message_key: null }
  // An answer to a refusal says nothing of the record: without one there is nothing to show.
  if (!isAnswer(mutation) || view.has(mutation.entity_id)) view.set(mutation.entity_id, row)
}

function apply(view: Map<string, Replayed>, row: Replayed, { mutation, state, result }: Queued): void {
  switch (mutation.op) {
    case 'create':
    case 'update': {
      // In a conflict the server's value stays until somebody chooses.
      const lost = new Set(result?.conflicts.map(({ field }) => field))
      row.removed = false // an update beats a deletion
      row.data = { ...row.data, ...foretold(row.data, mutation, lost) }
      break
    }
    case 'delete':
      row.removed = state !== 'look' && state !== 'handed_over' // a refused delete hides nothing
      break
    case 'undelete':
      row.removed = false
      break
    case 'resolve':
      if (state !== 'look') choose(view, row, mutation)
      break
    case 'discard':
    case 'hand_over': // say something of a mutation, not of the record
  }
}

/** What the fields will hold, as far as this device can know. */
function foretold(current: Fields, { base, set }: Mutation, lost: Set<string>): Fields {
  const fields = Object.entries(set).filter(([key]) => !lost.has(key))
  return Object.fromEntries(
    fields.map(([key, mine]) => {
      const isList = LISTS.has(key) && key in base
      return [key, isList ? mergeField('set_union', base[key], current[key] ?? [], mine).value : mine]
    }),
  )
}

/** A choice between two versions shows at once, in the conflict and in the record. */
function choose(view: Map<string, Replayed>, row: Replayed, { set }: Mutation): void {
  const choice = set['choice'] as Choice
  row.data = { ...row.data, choice }
  const { entity_id: id, field, mine, theirs } = row.data as ConflictData & Fields
  const record = view.get(id)
  if (record) view.set(id, { ...record, data: { ...record.data, [field]: choice === 'mine' ? mine : theirs } })
}

function nothing({ entity, entity_id: id }: Mutation): Replayed {
  return { entity, id, version: null, data: {}, removed: false, state: 'arrived' }
}

function shownState({ state, result }: Queued, handedOver: boolean): RecordState {
  if (handedOver || state === 'held') return 'sent'
  if (state === 'handed_over' || state === 'kept') return 'arrived'
  if (state === 'arrived') return result?.status === 'conflict' ? 'look' : 'arrived' // until the two versions are pulled
  return state
}

const SEVERITY: RecordState[] = ['arrived', 'sent', 'here', 'look']

/** The state that says more: look, then here, then sent, then arrived. */
export function worse(a: RecordState, b: RecordState): RecordState {
  return SEVERITY.indexOf(a) > SEVERITY.indexOf(b) ? a : b
}
