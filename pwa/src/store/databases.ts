/**
 * The databases of this browser: `wegwijs/device` (what may be read without unlocking: who is enrolled here, keys,
 * catalogue, preferences) and one database per membership (its records, sealed). Tables only; no rules.
 */
import type { DBSchema } from 'idb'
import { Connection } from './connection.ts'
import type { Envelope } from '../sync/core/envelope.ts'
import type { GuideCard, KeptAnswer, KeptRecording } from '../guides/wire.ts'
import type { QueueState } from '../sync/core/queue.ts'
import type { CatalogueData, EntityName, Me, ServerEntity } from './types.ts'

/** The version of what is inside the boxes; stands in their additional data and in every push. */
export const SCHEMA = 1

/** Everything that can be read without the key. `box` is the content, sealed by the locker; there is no index on it. */
export type Row = {
  id: string
  scopes: string[]
  /** local day of the record, or of the day it was queued */
  day: string | null
  state: QueueState | 'draft'
  /** of the server's row; in the outbox the mutation's number */
  version: number
  box: Uint8Array<ArrayBuffer>
}

/**
 * Stores of what the feed brings. `other` keeps kinds that this app does not know (`id` is kind/id): a later one may, and
 * without them the digest of a scope could not be compared.
 */
export type PulledStore = EntityName | ServerEntity | 'other'

/** Stores whose rows are sealed. */
export type SealedStore = PulledStore | 'outbox' | 'draft'

export type Meta =
  /** Without a cursor everything is pulled anew; the epoch still tells whether the server was restored meanwhile. */
  | { id: 'cursor'; cursor: string | null; epoch: string }
  | { id: 'numbers'; last: number }
  | { id: 'durable'; seq: number; epoch?: string }
  /** How often rows of this device were not those of the server. */
  | { id: 'mended'; times: number }
  | { id: 'data_key'; key: CryptoKey; device: string }

/**
 * One envelope of the letterbox: what one save put into the outbox, signed and sealed for the organisation. Nobody can
 * open it on this device, so that it lies outside the locker. `handedIn`: when the server gave a receipt (ms), or null.
 */
export type SealedSave = { id: string; mutations: string[]; envelope: Envelope; hash: string; handedIn: number | null }

type RowStore = { key: string; value: Row }

export interface MembershipSchema extends DBSchema {
  contact: RowStore
  help_request: RowStore
  note: RowStore
  mutation_outcome: RowStore
  conflict: RowStore
  week_count: RowStore
  other: RowStore
  outbox: RowStore
  draft: RowStore
  letterbox: { key: string; value: SealedSave; indexes: { mutations: string } }
  meta: { key: string; value: Meta }
}

/** One membership that was enrolled in this browser. The private key signs and cannot be taken out. */
export type Enrolment = { id: string; me: Me; key: CryptoKey; since: string }

/** `seal` and `sign` are the organisation's public keys as first seen; others are refused. */
export type PinnedOrganisation = { id: string; keys: Me['keys'] }

export type StoredPreferences = {
  last_setting: string | null
  own_languages: string[] | null
  language_counts: Record<string, number>
  subtheme_counts: Record<string, number>
}

export type DeviceMeta =
  | { id: 'current'; membership: string | null; ended: boolean }
  | { id: 'persisted'; granted: boolean }
  | { id: `catalogue/${string}`; etag: string; data: CatalogueData }
  | { id: `preferences/${string}`; preferences: StoredPreferences }
  | { id: `guides/${string}`; cards: GuideCard[]; readHere: boolean }
  | { id: `guide-answers/${string}`; answers: KeptAnswer[]; recordings: KeptRecording[] }

export interface DeviceSchema extends DBSchema {
  enrolment: { key: string; value: Enrolment }
  organisation: { key: string; value: PinnedOrganisation }
  meta: { key: string; value: DeviceMeta }
}

export type MembershipDatabase = Connection<MembershipSchema>

/** Parents first. */
export const PULLED: PulledStore[] = ['contact', 'help_request', 'note', 'mutation_outcome', 'conflict', 'week_count', 'other']

const STORES = [...PULLED, 'outbox', 'draft', 'meta'] as const
const VERSION = 3

/** The database of one membership. An upgrade only adds stores: what waits in the outbox is never touched. */
export function membershipDatabase(membershipId: string): MembershipDatabase {
  return new Connection<MembershipSchema>(`wegwijs/${membershipId}`, VERSION, async (database, before, _wanted, tx) => {
    const missing = STORES.filter((name) => !database.objectStoreNames.contains(name))
    for (const name of missing) database.createObjectStore(name, { keyPath: 'id' })
    if (!database.objectStoreNames.contains('letterbox')) {
      const letterbox = database.createObjectStore('letterbox', { keyPath: 'id' })
      letterbox.createIndex('mutations', 'mutations', { multiEntry: true })
    }
    if (before === 0) return
    // The app before passed over kinds that it had no store for: the feed is read once more from its beginning.
    const meta = tx.objectStore('meta')
    const known = await meta.get('cursor')
    if (known?.id === 'cursor') await meta.put({ ...known, cursor: null })
  })
}

/** The database of the device. */
export const deviceDatabase = new Connection<DeviceSchema>('wegwijs/device', 1, (database) => {
  for (const name of ['enrolment', 'organisation', 'meta'] as const) database.createObjectStore(name, { keyPath: 'id' })
})

/** One value of the device's meta store. */
export async function deviceMeta<Id extends DeviceMeta['id']>(id: Id): Promise<Extract<DeviceMeta, { id: Id }> | null> {
  const found = await deviceDatabase.run((database) => database.get('meta', id))
  return (found as Extract<DeviceMeta, { id: Id }> | undefined) ?? null
}

export async function keepDeviceMeta(value: DeviceMeta): Promise<void> {
  await deviceDatabase.run((database) => database.put('meta', value))
}
