/** Small makers for the tests of the pure core. */
import type { ContactFields, EntityName, LogEntry, RequestEntry } from '../src/store/types.ts'
import type { Stamp } from '../src/sync/core/build.ts'
import type { Queued, QueueState } from '../src/sync/core/queue.ts'
import type { Change, Mutation, MutationResult } from '../src/sync/core/wire.ts'

export const EMPTY: ContactFields = {
  occurred_at: '2026-11-21T16:40:00+01:00',
  date_precision: 'time',
  setting: null,
  language: null,
  group_size: null,
  duration: null,
  heavy: false,
  referred_by: null,
  interpreting: null,
  gender: null,
  age_band: null,
  residence_status: null,
  nationality: null,
  district: null,
  household_type: null,
  literacy: null,
  incomplete: false,
}

export function request(id: string, subtheme: string | null = 'HOU.rent_search'): RequestEntry {
  return {
    id,
    theme: null,
    subtheme,
    primary_action: null,
    further_actions: [],
    destination: null,
    self_reliance: null,
    outcome: null,
    barriers: [],
    seen_before: null,
  }
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

export function row(id: string, version: number, data: Record<string, string | null>, entity: EntityName = 'contact') {
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
