/**
 * The outbox: mutations that wait for the server, those it refused, and copies of those it has. Nothing leaves it but by
 * an answer of the server (sync/core/queue.ts), a purge, or the worker's taking back of what was never handed in.
 *
 * A row's `state` can be read without the key; the mutation and the server's answer are in the box.
 */
import { type Meta, type Row, type SealedSave } from '../store/databases.ts'
import { type MembershipStore } from '../store/membership.ts'
import { type Unnumbered, wellFormed } from './core/build.ts'
import { type QueueEvent, type Queued, type QueueState, advance, isOpen, isUnsettled, settle } from './core/queue.ts'
import { localDay } from './core/time.ts'
import type { MutationResult } from './core/wire.ts'
import { forget, seal } from './letterbox.ts'

/**
 * Sent copies that are kept at most: a worker's quarter of a year, some 5 MB. A server that was not backed up for so long
 * says so in red to its administrators; a device that filled up would keep the worker from saving anything.
 */
const MOST_COPIES = 5_000

type Content = Pick<Queued, 'mutation' | 'result' | 'epoch'>

/** What a page of the feed changes in the outbox: rows to put where they still are, and ids of rows to delete. */
export type Turned = { rows: Row[]; gone: string[] }

export class Outbox {
  readonly #store: MembershipStore

  constructor(store: MembershipStore) {
    this.#store = store
  }

  /**
   * Queue mutations in their order; `instead` are mutations that were never handed in and go in the same moment. Resolves
   * when they are on the disk, all or none. Throws StoreProblem.
   */
  async append(mutations: Unnumbered[], instead: string[] = []): Promise<Queued[]> {
    const first = await this.#takeNumbers(mutations.length)
    const queued = mutations.map((mutation, index): Queued => {
      const whole = { ...mutation, no: first + index, set: wellFormed(mutation.set) }
      return { state: 'here', mutation: whole, result: null }
    })
    // Never a reason not to save: what could not be sealed now, the next sync tries again, and says so (schedule).
    const sealed = await seal(this.#store.id, queued.map(({ mutation }) => mutation)).catch(() => [])
    await this.#write(queued, { fresh: true, sealed, gone: instead })
    return queued
  }

  /** Everything but sent copies, in the order of numbers. */
  async list(): Promise<Queued[]> {
    return this.#open((row) => row.state !== 'kept')
  }

  /** What the server is not known to have. */
  async unsettled(): Promise<Queued[]> {
    return this.#open((row) => isUnsettled(row as { state: QueueState }))
  }

  /** The same, with what the server says it holds: two pushes at once may have missed each other. */
  async open(): Promise<Queued[]> {
    return this.#open((row) => isOpen(row as { state: QueueState }))
  }

  /** Remember that mutations are about to be handed in, before they are: from now on they may have arrived. */
  async markSent(ids: string[]): Promise<void> {
    await this.#store.database.write(['outbox'], async (tx) => {
      const outbox = tx.objectStore('outbox')
      for (const id of ids) {
        const row = await outbox.get(id)
        if (row?.state === 'here') await outbox.put({ ...row, state: 'sent' })
      }
    })
  }

  /** Take in the server's answers to a push. */
  async settle(results: MutationResult[], epoch: string): Promise<void> {
    const { changed, gone } = settle(await this.list(), { what: 'answered', epoch, results })
    await this.#write(changed, { gone })
  }

  /** What the feed says became of mutations, to be written with the page that says it. */
  async turnedBy(results: MutationResult[], epoch: string): Promise<Turned> {
    if (results.length === 0) return { rows: [], gone: [] }
    const { changed, gone } = settle(await this.list(), { what: 'outcome', epoch, results })
    return { rows: await this.#seal(changed), gone }
  }

  /** After a pull that began when these answers were in: their effect is in the server's copies now. */
  async afterPull(): Promise<void> {
    await this.#turn({ what: 'pulled' }, (row) => row.state === 'arrived')
  }

  /** The server was restored: whatever it answered is handed in again, under the same ids, and judged anew. */
  async afterRestore(): Promise<void> {
    await this.#turn({ what: 'restored' }, () => true)
  }

  /** Whether the server answered in another epoch than this. */
  async hasAnswersOfAnother(epoch: string): Promise<boolean> {
    return (await this.#open(() => true)).some((queued) => (queued.epoch ?? epoch) !== epoch)
  }

  /**
   * Drop sent copies that a verified backup of the server holds (up to `durableSeq` of this `epoch`), and the oldest of
   * more than a device can keep.
   */
  async dropCopies(durableSeq: number, epoch: string): Promise<void> {
    const known = await this.#store.database.run((database) => database.get('meta', 'durable'))
    const grown = known?.id !== 'durable' || known.epoch !== epoch || durableSeq > known.seq
    const kept = await this.#keptNumbers()
    const oldest = kept.length > MOST_COPIES ? kept[kept.length - MOST_COPIES]! : -1
    if (!grown && oldest < 0) return
    const copies = await this.#open((row) => row.state === 'kept' && (grown || row.version < oldest))
    const done = copies.filter(({ mutation, result, epoch: of }) => {
      return mutation.no < oldest || ((of ?? epoch) === epoch && (result?.seq ?? Infinity) <= durableSeq)
    })
    await this.#write([], { gone: done.map(({ mutation }) => mutation.id), meta: [{ id: 'durable', seq: durableSeq, epoch }] })
  }

  /** How many sent copies wait for a backup of the server. */
  async countCopies(): Promise<number> {
    return (await this.#keptNumbers()).length
  }

  /** Ids of all mutations, sent copies too, on records that were purged and on what belongs to these. */
  async idsOf(purged: Set<string>): Promise<string[]> {
    const all = await this.#open(() => true)
    const gone = new Set(purged)
    // What was refused has made no row: its outcome is purged then, which has the mutation's own id.
    const isGone = ({ mutation: { id, entity_id: record, set } }: Queued): boolean => {
      return [id, record, set['contact_id'], set['help_request_id']].some((one) => gone.has(String(one)))
    }
    // Parts stand after what they belong to: one walk finds the notes of a question of a purged contact, too.
    for (const queued of all) if (isGone(queued)) gone.add(queued.mutation.entity_id)
    return all.filter(isGone).map(({ mutation }) => mutation.id)
  }

  /** Take back mutations that were never handed in. Returns whether they were dropped: all of them, or none. */
  async takeBack(ids: string[]): Promise<boolean> {
    return this.#store.database.write(['outbox', 'letterbox'], async (tx) => {
      const outbox = tx.objectStore('outbox')
      const rows = await Promise.all(ids.map((id) => outbox.get(id)))
      const allowed = rows.every((row) => row?.state === 'here')
      if (allowed) await Promise.all([...ids.map((id) => outbox.delete(id)), forget(tx, ids)])
      return allowed
    })
  }

  /** Numbers are taken in a transaction of their own: two tabs never share one, and a hole does no harm. */
  async #takeNumbers(count: number): Promise<number> {
    return this.#store.database.write(['meta'], async (tx) => {
      const meta = tx.objectStore('meta')
      const found = await meta.get('numbers')
      const last = found?.id === 'numbers' ? found.last : 0
      await meta.put({ id: 'numbers', last: last + count })
      return last + 1
    })
  }

  async #keptNumbers(): Promise<number[]> {
    const rows = await this.#store.database.run((database) => database.getAll('outbox'))
    return rows.filter(({ state }) => state === 'kept').map(({ version }) => version).sort((a, b) => a - b)
  }

  async #turn(event: QueueEvent, wanted: (row: Row) => boolean): Promise<void> {
    const queue = await this.#open(wanted)
    const turned = queue.map((queued) => ({ queued, next: advance(queued, event) }))
    await this.#write(turned.flatMap(({ queued, next }) => (next && next !== queued ? [next] : [])))
  }

  async #open(wanted: (row: Row) => boolean): Promise<Queued[]> {
    const opened = await this.#store.openStore<Content>('outbox', wanted)
    return opened
      .map(({ row, value }): Queued => ({ state: row.state as QueueState, ...value }))
      .sort((a, b) => a.mutation.no - b.mutation.no)
  }

  /**
   * One strict transaction: rows put, rows deleted. Sealing comes first, a transaction does not wait for it; a row that
   * was discarded meanwhile stays discarded, unless it is `fresh`.
   */
  async #write(
    queued: Queued[],
    more: { fresh?: boolean; sealed?: SealedSave[]; gone?: string[]; meta?: Meta[] } = {},
  ): Promise<void> {
    const { fresh = false, sealed = [], gone = [], meta = [] } = more
    if (queued.length + gone.length + meta.length === 0) return
    const rows = await this.#seal(queued)
    const arrived = queued.filter(({ state }) => state === 'kept').map(({ mutation }) => mutation.id)
    await this.#store.database.write(['outbox', 'letterbox', 'meta'], async (tx) => {
      const outbox = tx.objectStore('outbox')
      const put = async (row: Row): Promise<void> => {
        if (fresh || (await outbox.getKey(row.id))) await outbox.put(row)
      }
      await Promise.all([
        ...rows.map(put),
        ...sealed.map((save) => tx.objectStore('letterbox').put(save)),
        ...gone.map((id) => outbox.delete(id)),
        forget(tx, [...gone, ...arrived]),
        ...meta.map((value) => tx.objectStore('meta').put(value)),
      ])
    })
    // "Saved" is said only now: the transaction is complete.
  }

  async #seal(queued: Queued[]): Promise<Row[]> {
    const boxes = await this.#store.locker.sealAll(
      queued.map(({ mutation, result, epoch }) => ({
        place: { store: 'outbox', id: mutation.id, version: mutation.no },
        value: { mutation, result, epoch } satisfies Content,
      })),
    )
    const shared = { scopes: [`member:${this.#store.id}`], day: localDay(new Date()) }
    return queued.map(({ mutation, state }, index) => {
      return { ...shared, id: mutation.id, state, version: mutation.no, box: boxes[index]! }
    })
  }
}
