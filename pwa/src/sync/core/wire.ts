/** What travels between device and server (docs/sync.md). Types only. */
import type { EntityName, ResultError } from '../../store/types.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Fields = Record<string, Json>
export type Operation = 'create' | 'update' | 'delete' | 'undelete' | 'resolve' | 'discard' | 'hand_over'

export type Mutation = {
  /** UUID 7 */
  id: string
  /** Running number of this device; a hint, never an identity. */
  no: number
  /** Mutations of one save share it: they are applied whole or not at all. */
  group?: string
  /** `conflict` only with `resolve`. */
  entity: EntityName | 'conflict'
  entity_id: string
  op: Operation
  base_version?: number
  /** Only the changed fields, as the author saw them. */
  base: Fields
  set: Fields
  occurred_at: string
  depends_on: string[]
  replaces?: string
}

export type ResultStatus = 'applied' | 'merged' | 'duplicate' | 'conflict' | 'held' | 'rejected' | 'gone'

/** What became of a mutation later: its result, or that somebody answered a refusal. */
export type OutcomeStatus = ResultStatus | 'handed_over' | 'replaced' | 'discarded'

export type FieldConflict = { field: string; mine: Json; theirs: Json }

export type MutationResult = {
  id: string
  status: OutcomeStatus
  seq: number | null
  version: number | null
  conflicts: FieldConflict[]
  error: ResultError | null
}

/** The data of a `mutation_outcome`, whose id is that of the mutation. */
export type MutationOutcome = Omit<MutationResult, 'id' | 'seq'> & {
  entity: string
  entity_id: string
  via: 'push' | 'letterbox'
  /** the membership that answered a refusal */
  settled_by: string | null
}

export type Choice = 'mine' | 'theirs'

/** The data of a `conflict`: two values of one field. `mine` is that of the author who came second, `theirs` stands. */
export type ConflictData = {
  entity: EntityName
  entity_id: string
  field: string
  mine: Json
  theirs: Json
  mine_by: string | null
  theirs_by: string | null
  mine_at: string | null
  theirs_at: string | null
  choice: Choice | null
  settled_by: string | null
  settled_at: string | null
}

export type PushAnswer = { epoch: string; results: MutationResult[] }

export type Change = {
  seq: number
  scope: string
  entity: string
  id: string
  kind: 'put' | 'remove'
  reason: null | 'deleted' | 'window' | 'purged' | 'scope' | 'merged'
  version: number
  data: Fields | null
}

export type PullAnswer = {
  epoch: string
  cursor: string
  last: boolean
  /** Scopes that are no longer this device's, to be taken off every row first. */
  scope_removed: string[]
  changes: Change[]
  /** on the last page: what each scope of this device holds */
  digest: Record<string, { count: number; xor64: string }> | null
}

export type StatusAnswer = { ok: true; epoch: string; seq: number; durable_seq: number; time: string }
