/** Small makers for the tests of the pure core. */
import type { ContactFields, LogEntry, RequestEntry } from '../src/store/types.ts'
import type { Stamp } from '../src/sync/core/build.ts'
import { EMPTY_CONTACT, emptyAnswers } from '../src/sync/core/empty.ts'
import type { Queued, QueueState } from '../src/sync/core/queue.ts'
import type { RowName, ServerRow } from '../src/sync/core/replay.ts'
import type { Change, Mutation, MutationResult } from '../src/sync/core/wire.ts'

export const EMPTY: ContactFields = { ...EMPTY_CONTACT, occurred_at: '2026-11-21T16:40:00+01:00', date_precision: 'time' }

export function request(id: string, subtheme: string | null = 'HOU.rent_search'): RequestEntry {
  return { id, theme: null, subtheme, ...emptyAnswers() }
}

export function entry(id: string, requests: RequestEntry[] = [], notes: LogEntry['notes'] = []): LogEntry {
  return { id, when: 'now', day: null, contact: { ...EMPTY, setting: 'street' }, requests, notes }
}

export function stamp(): Stamp {
  let n = 0
  return { at: '2026-11-21T17:00:00+01:00', id: () => `m${++n}` }
}

export function mutation(no: number, more: Partial<Mutation> = {}): Mutation {
  return {
    id: `m${no}`,
    no,
    entity: 'contact',
    entity_id: 'c1',
    op: 'update',
    base: {},
    set: {},
    occurred_at: '2026-11-21T17:00:00+01:00',
    depends_on: [],
    ...more,
  }
}

export function result(id: string, more: Partial<MutationResult> = {}): MutationResult {
  return { id, status: 'applied', seq: 1, version: 1, conflicts: [], error: null, ...more }
}

export function queued(state: QueueState, of: Mutation, answer: MutationResult | null = null): Queued {
  return { state, mutation: of, result: answer }
}

export function row(id: string, version: number, data: Record<string, string | null>, entity: RowName = 'contact'): ServerRow {
  return { entity, id, version, data }
}

export function change(more: Partial<Change> = {}): Change {
  return {
    seq: 1,
    scope: 'member:a',
    entity: 'contact',
    id: 'c1',
    kind: 'put',
    reason: null,
    version: 1,
    data: {},
    ...more,
  }
}
