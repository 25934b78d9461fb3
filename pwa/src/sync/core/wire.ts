/** What travels between device and server (docs/architecture.md, Sync). Types only. */
import type { EntityName, ResultError } from '../../store/types.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Fields = Record<string, Json>
export type Operation = 'create' | 'update' | 'delete' | 'undelete'

export type Mutation = {
  /** UUID 7 */
  id: string
  /** Running number of this device; a hint, never an identity. */
  no: number
  /** Mutations of one save share it: they are applied whole or not at all. */
  group?: string
  entity: EntityName
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

export type MutationResult = {
  id: string
  status: ResultStatus
  seq: number | null
  version: number | null
  conflicts: { field: string; mine: unknown; theirs: unknown }[]
  error: ResultError | null
}

export type PushAnswer = { epoch: string; results: MutationResult[] }

export type Change = {
  seq: number
  scope: string
  entity: string
  id: string
  kind: 'put' | 'remove'
  reason: null | 'deleted' | 'window' | 'purged' | 'scope'
  version: number
  data: Fields | null
}

export type PullAnswer = { epoch: string; cursor: string; last: boolean; changes: Change[] }

export type StatusAnswer = { ok: true; epoch: string; seq: number; durable_seq: number; time: string }
