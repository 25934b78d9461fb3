/** Pulling the feed: what came and went in this membership's scopes since the last time. */
import { ApiProblem } from '../api/client.ts'
import type { IDBPTransaction } from 'idb'
import { type MembershipSchema, PULLED, type PulledStore, type Row } from '../store/databases.ts'
import type { MembershipStore } from '../store/membership.ts'
import type { EntityName, LogEntry } from '../store/types.ts'
import { differing, digests, type Marks } from './core/digest.ts'
import { receive, withoutScopes } from './core/receive.ts'
import type { Change, MutationOutcome, MutationResult, PullAnswer } from './core/wire.ts'
import { forget as forgetSealed } from './letterbox.ts'
import type { Outbox, Turned } from './outbox.ts'
import { transport } from './transport.ts'

/** Kinds of records that a worker writes, parents first. */
export const ENTITIES: EntityName[] = ['contact', 'help_request', 'note']

const STORES: (PulledStore | 'outbox' | 'letterbox' | 'draft' | 'meta')[] = [...PULLED, 'outbox', 'letterbox', 'draft', 'meta']
type PageTransaction = IDBPTransaction<MembershipSchema, typeof STORES, 'readwrite'>
type Erased = { name: 'outbox' | 'draft'; id: string }

/** The server's word that a cursor is of no use any more. */
const START_ANEW = new Set(['other_epoch', 'bad_cursor'])

/** `mended`: scopes whose rows were not those of the server, and were fetched anew. */
export type Pulled = { changed: boolean; mended: string[] }

/** Where the next page begins. `forget`: scopes to take off every row first; `anew`: all rows go first. */
type Start = { cursor: string | null; anew: boolean; forget: string[] }

/** One membership's pulling, as long as it sits here. */
export class Feed {
  readonly #store: MembershipStore
  readonly #outbox: Outbox
  readonly #marks: Marks = new Map()
  /** Whether the rows were compared with the server's digest since this app started. */
  #compared = false

  constructor(store: MembershipStore, outbox: Outbox) {
    this.#store = store
    this.#outbox = outbox
  }

  /** Pull page after page until the last, and compare. Throws ApiProblem, StoreProblem. */
  async pull(): Promise<Pulled> {
    const first = await this.#pages()
    if (!first.changed && this.#compared) return { changed: false, mended: [] }
    const wrong = await this.#compare(first.last)
    this.#compared = true
    if (wrong.length === 0) return { changed: first.changed, mended: [] }
    await this.#countMended()
    const second = await this.#pages(wrong)
    // Still not the same: everything from the beginning. What differs after that is the server's own fault.
    if ((await this.#compare(second.last)).length > 0) await this.#pages(null)
    return { changed: true, mended: wrong }
  }

  /** Pages until the last; `anew` names scopes that begin at nothing again (null: all of them). */
  async #pages(anew: string[] | null = []): Promise<{ changed: boolean; last: PullAnswer }> {
    const known = await this.#store.database.run((database) => database.get('meta', 'cursor'))
    let epoch = known?.id === 'cursor' ? known.epoch : null
    let start: Start = fromCursor(known?.id === 'cursor' && anew ? known.cursor : null, anew ?? [])
    let changed = false
    for (;;) {
      // A cursor is bound to its device; without one, make sure that the session in this browser is not somebody else's.
      if (start.anew) await transport.confirmDevice(this.#store.device)
      const page = await pageOr(start)
      if (!isPage(page)) {
        start = page
        continue
      }
      if (!start.anew && page.epoch !== epoch) {
        start = fromCursor(null)
        continue
      }
      // A restored server may lack what it once confirmed: hand it in again, before the old copies go.
      // What was answered before the first pull knows its own epoch.
      const restored = epoch === null ? await this.#outbox.hasAnswersOfAnother(page.epoch) : page.epoch !== epoch
      if (restored) await this.#outbox.afterRestore()
      await this.#storePage(page, start)
      changed ||= start.anew || start.forget.length + page.scope_removed.length + page.changes.length > 0
      epoch = page.epoch
      if (page.last) return { changed, last: page }
      start = fromCursor(page.cursor)
    }
  }

  /** Rows and cursor in one transaction: no cursor is ever ahead of its rows. */
  async #storePage(page: PullAnswer, { anew, forget }: Start): Promise<void> {
    const boxes = await this.#sealed(page.changes)
    const erased = await this.#purgedOnDevice(page.changes)
    const turned = await this.#outbox.turnedBy(outcomes(page.changes), page.epoch)
    const lost = new Set([...forget, ...page.scope_removed])
    await this.#store.database.write(STORES, async (tx) => {
      if (anew) await Promise.all(PULLED.map((name) => tx.objectStore(name).clear()))
      else if (lost.size > 0) await takeScopesOff(tx, lost)
      for (const change of page.changes) await applyChange(tx, change, boxes.get(change) ?? null)
      await turnOutbox(tx, turned)
      // A purge takes what waits in the outbox, too; nothing else that is pulled ever touches it.
      for (const { name, id } of erased) await tx.objectStore(name).delete(id)
      const unsent = erased.filter(({ name }) => name === 'outbox').map(({ id }) => id)
      await forgetSealed(tx, [...unsent, ...turned.gone])
      await tx.objectStore('meta').put({ id: 'cursor', cursor: page.cursor, epoch: page.epoch })
    })
  }

  /** Scopes of which this device does not hold what the server says it should. */
  async #compare({ digest }: PullAnswer): Promise<string[]> {
    if (digest === null) return []
    const rows = await this.#store.database.run((database) => {
      return Promise.all(PULLED.map(async (name) => ({ name, rows: await database.getAll(name) })))
    })
    const held = rows.flatMap(({ name, rows: found }) => found.map((row) => ({ ...kindOf(name, row.id), ...placeOf(row) })))
    const own = await digests(held, this.#marks, (bytes) => crypto.subtle.digest('SHA-256', bytes))
    const { wrong, lost } = differing(own, digest)
    if (lost.length > 0) await this.#store.database.write(STORES, (tx) => takeScopesOff(tx, new Set(lost)))
    return wrong
  }

  /** How often this device's rows were not those of the server, since it was enrolled. */
  async mendedTimes(): Promise<number> {
    const known = await this.#store.database.run((database) => database.get('meta', 'mended'))
    return known?.id === 'mended' ? known.times : 0
  }

  async #countMended(): Promise<void> {
    const times = (await this.mendedTimes()) + 1
    await this.#store.database.write(['meta'], (tx) => tx.objectStore('meta').put({ id: 'mended', times }))
  }

  /** Mutations (sent copies too) and drafts of records that were purged. */
  async #purgedOnDevice(changes: Change[]): Promise<Erased[]> {
    const purged = new Set(changes.filter(({ reason }) => reason === 'purged').map(({ id }) => id))
    if (purged.size === 0) return []
    const drafts = await this.#store.openStore<LogEntry>('draft')
    return [
      ...(await this.#outbox.idsOf(purged)).map((id) => ({ name: 'outbox' as const, id })),
      ...drafts.filter(({ value }) => purged.has(value.id)).map(({ row }) => ({ name: 'draft' as const, id: row.id })),
    ]
  }

  async #sealed(changes: Change[]): Promise<Map<Change, Row['box']>> {
    const puts = changes.filter(({ kind }) => kind === 'put')
    const boxes = await this.#store.locker.sealAll(
      puts.map((change) => ({ place: { ...placeIn(change), version: change.version }, value: change.data })),
    )
    return new Map(puts.map((change, index) => [change, boxes[index]!]))
  }
}

function fromCursor(cursor: string | null, forget: string[] = []): Start {
  return { cursor, anew: cursor === null, forget: cursor === null ? [] : forget }
}

/** The page, or from where to ask instead: from the beginning, or with the cursor that the server names. */
async function pageOr({ cursor, anew, forget }: Start): Promise<PullAnswer | Start> {
  try {
    return await transport.pull(cursor, forget)
  } catch (error) {
    const document = error instanceof ApiProblem ? error.document : null
    // An empty cursor cannot be wrong: ask again later.
    if (START_ANEW.has(document?.code ?? '')) {
      if (anew) throw new ApiProblem('retry', document)
      return fromCursor(null)
    }
    const [next, scopes] = [document?.['cursor'], document?.['scopes']]
    if (document?.code !== 'feed_pruned' || typeof next !== 'string' || !Array.isArray(scopes)) throw error
    return fromCursor(next, scopes.map(String))
  }
}

function isPage(found: PullAnswer | Start): found is PullAnswer {
  return 'changes' in found
}

/** What became of mutations, as far as these changes tell. */
function outcomes(changes: Change[]): MutationResult[] {
  return changes.flatMap(({ entity, kind, id, seq, data }): MutationResult[] => {
    if (entity !== 'mutation_outcome' || kind !== 'put' || data === null) return []
    const { status, version, conflicts, error, ...more } = data as unknown as MutationOutcome & { seq?: number | null }
    return [{ id, status, version, conflicts, error, seq: more.seq === undefined ? seq : more.seq }]
  })
}

async function turnOutbox(tx: PageTransaction, { rows, gone }: Turned): Promise<void> {
  const outbox = tx.objectStore('outbox')
  // What was taken back while this was sealed stays taken back.
  for (const row of rows) if (await outbox.getKey(row.id)) await outbox.put(row)
  for (const id of gone) await outbox.delete(id)
}

async function applyChange(tx: PageTransaction, change: Change, box: Row['box'] | null): Promise<void> {
  const { store, id } = placeIn(change)
  const rows = tx.objectStore(store)
  const before = await rows.get(id)
  const next = receive(before, change)
  if (next === null) {
    await rows.delete(id)
    return
  }
  const { scopes, version, replace } = next
  if (!replace) await rows.put({ ...before!, scopes })
  else if (box) await rows.put({ id, scopes, day: dayOf(change), state: 'arrived', version, box })
}

/** Scopes that are no longer this device's: a row goes with its last one. The outbox is untouched. */
async function takeScopesOff(tx: PageTransaction, lost: Set<string>): Promise<void> {
  for (const name of PULLED) {
    const rows = tx.objectStore(name)
    for (const row of await rows.getAll()) {
      const scopes = withoutScopes(row.scopes, lost)
      if (scopes.length === 0) await rows.delete(row.id)
      else if (scopes.length < row.scopes.length) await rows.put({ ...row, scopes })
    }
  }
}

/** In which store a row of the feed lies, and under which id. */
function placeIn({ entity, id }: Pick<Change, 'entity' | 'id'>): { store: PulledStore; id: string } {
  const known = entity !== 'other' && (PULLED as string[]).includes(entity)
  return known ? { store: entity as PulledStore, id } : { store: 'other', id: `${entity}/${id}` }
}

/** The way back: which row of the feed a stored one is. */
function kindOf(store: PulledStore, id: string): { entity: string; id: string } {
  const cut = store === 'other' ? id.lastIndexOf('/') : -1
  return cut < 0 ? { entity: store, id } : { entity: id.slice(0, cut), id: id.slice(cut + 1) }
}

function placeOf({ scopes, version }: Row): Pick<Row, 'scopes' | 'version'> {
  return { scopes, version }
}

function dayOf({ data }: Change): string | null {
  const day = data?.['day']
  return typeof day === 'string' ? day : null
}
