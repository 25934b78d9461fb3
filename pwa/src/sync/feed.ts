/** Pulling the feed: what came and went in this membership's scopes since the last time. */
import { ApiProblem } from '../api/client.ts'
import type { IDBPTransaction } from 'idb'
import type { MembershipSchema, Row } from '../store/databases.ts'
import type { MembershipStore } from '../store/membership.ts'
import type { EntityName, LogEntry } from '../store/types.ts'
import { receive } from './core/receive.ts'
import type { Change, PullAnswer } from './core/wire.ts'
import type { Outbox } from './outbox.ts'
import { transport } from './transport.ts'

/** Parents first. Kinds of records that this app does not know are passed over. */
export const ENTITIES: EntityName[] = ['contact', 'help_request', 'note']

const STORES: (EntityName | 'outbox' | 'draft' | 'meta')[] = [...ENTITIES, 'outbox', 'draft', 'meta']
type PageTransaction = IDBPTransaction<MembershipSchema, typeof STORES, 'readwrite'>
type Erased = { name: 'outbox' | 'draft'; id: string }

/** The server's word that a cursor is of no use any more. */
const START_ANEW = new Set(['other_epoch', 'bad_cursor'])

/** Pull page after page until the last. Returns whether anything changed. Throws ApiProblem, StoreProblem. */
export async function pull(store: MembershipStore, outbox: Outbox): Promise<boolean> {
  const known = await store.database.run((database) => database.get('meta', 'cursor'))
  let cursor = known?.id === 'cursor' ? known.cursor : null
  let epoch = known?.id === 'cursor' ? known.epoch : null
  let anew = cursor === null
  let changed = false
  for (;;) {
    // A cursor is bound to its device; without one, make sure that the session in this browser is not somebody else's.
    if (anew) await transport.confirmDevice(store.device)
    const page = await pageOrNull(cursor)
    if (page === null || (!anew && page.epoch !== epoch)) {
      if (anew) throw new ApiProblem('retry') // an empty cursor cannot be wrong: ask again later
      ;[cursor, anew] = [null, true]
      continue
    }
    // A restored server may lack what it once confirmed: hand it in again, before the old copies go.
    if (epoch !== null && page.epoch !== epoch) await outbox.afterRestore()
    await storePage(store, outbox, page, anew)
    changed ||= page.changes.length > 0
    ;[cursor, epoch] = [page.cursor, page.epoch]
    if (page.last) return changed
    anew = false
  }
}

async function pageOrNull(cursor: string | null): Promise<PullAnswer | null> {
  try {
    return await transport.pull(cursor)
  } catch (error) {
    const code = error instanceof ApiProblem ? error.document?.code : undefined
    if (cursor !== null && code && START_ANEW.has(code)) return null
    throw error
  }
}

/** Rows and cursor in one transaction: no cursor is ever ahead of its rows. `anew` clears the old copies first. */
async function storePage(store: MembershipStore, outbox: Outbox, page: PullAnswer, anew: boolean): Promise<void> {
  const changes = page.changes.filter((change) => (ENTITIES as string[]).includes(change.entity))
  const boxes = await sealed(store, changes)
  const erased = await purgedOnDevice(store, outbox, changes)
  await store.database.write(STORES, async (tx) => {
    const meta = tx.objectStore('meta')
    if (anew) await Promise.all([...ENTITIES.map((name) => tx.objectStore(name).clear()), meta.delete('durable')])
    for (const change of changes) await applyChange(tx, change, boxes.get(change) ?? null)
    // A purge takes what waits in the outbox, too; nothing else that is pulled ever touches it.
    for (const { name, id } of erased) await tx.objectStore(name).delete(id)
    await meta.put({ id: 'cursor', cursor: page.cursor, epoch: page.epoch })
  })
}

/** Mutations (sent copies too) and drafts of records that were purged. */
async function purgedOnDevice(store: MembershipStore, outbox: Outbox, changes: Change[]): Promise<Erased[]> {
  const purged = new Set(changes.filter(({ reason }) => reason === 'purged').map(({ id }) => id))
  if (purged.size === 0) return []
  const drafts = await store.openStore<LogEntry>('draft')
  return [
    ...(await outbox.idsOf(purged)).map((id) => ({ name: 'outbox' as const, id })),
    ...drafts.filter(({ value }) => purged.has(value.id)).map(({ row }) => ({ name: 'draft' as const, id: row.id })),
  ]
}

async function applyChange(tx: PageTransaction, change: Change, box: Row['box'] | null): Promise<void> {
  const rows = tx.objectStore(change.entity as EntityName)
  const before = await rows.get(change.id)
  const next = receive(before, change)
  if (next === null) {
    await rows.delete(change.id)
    return
  }
  const { scopes, version, replace } = next
  if (!replace) await rows.put({ ...before!, scopes })
  else if (box) await rows.put({ id: change.id, scopes, day: dayOf(change), state: 'arrived', version, box })
}

async function sealed(store: MembershipStore, changes: Change[]): Promise<Map<Change, Row['box']>> {
  const puts = changes.filter(({ data }) => data !== null)
  const boxes = await store.locker.sealAll(
    puts.map(({ entity, id, version, data }) => ({ place: { store: entity as EntityName, id, version }, value: data })),
  )
  return new Map(puts.map((change, index) => [change, boxes[index]!]))
}

function dayOf({ data }: Change): string | null {
  const day = data?.['day']
  return typeof day === 'string' ? day : null
}
