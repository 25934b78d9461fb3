/**
 * The outbox: mutations that wait for the server, those it refused, and copies of those it has. Nothing leaves it but by
 * an answer of the server (sync/core/queue.ts), a purge, or the worker's own discard.
 *
 * A row's `state` can be read without the key; the mutation and the server's answer are in the box.
 */
import { type Meta, type Row } from '../store/databases.ts'
import { type MembershipStore } from '../store/membership.ts'
import { type Unnumbered, wellFormed } from './core/build.ts'
import { type QueueEvent, type Queued, type QueueState, advance, isUnsettled, replacedBy } from './core/queue.ts'
import { localDay } from './core/time.ts'
import type { MutationResult } from './core/wire.ts'

/** Days after which a sent copy goes, whether or not the server has told of a backup. */
const KEEP_COPIES_DAYS = 30

type Content = Pick<Queued, 'mutation' | 'result'>

export class Outbox {
  readonly #store: MembershipStore

  constructor(store: MembershipStore) {
    this.#store = store
  }

  /** Queue mutations in their order. Resolves when they are on the disk, all or none. Throws StoreProblem. */
  async append(mutations: Unnumbered[]): Promise<Queued[]> {
    const first = await this.#takeNumbers(mutations.length)
    const queued = mutations.map((mutation, index): Queued => {
      const whole = { ...mutation, no: first + index, set: wellFormed(mutation.set) }
      return { state: 'here', mutation: whole, result: null }
    })
    await this.#write(queued, { fresh: true })
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

  /** Take in the server's answers. */
  async settle(results: MutationResult[]): Promise<void> {
    const answers = new Map(results.map((result) => [result.id, result]))
    const queue = await this.list()
    const changed: Queued[] = []
    const gone: string[] = []
    for (const queued of queue) {
      const result = answers.get(queued.mutation.id)
      const next = result ? advance(queued, { what: 'answered', result }) : queued
      if (next === null) gone.push(queued.mutation.id)
      else if (next !== queued) changed.push(next)
      if (next?.state === 'arrived' && next !== queued) gone.push(...replacedBy(next.mutation, queue))
    }
    await this.#write(changed, { gone })
  }

  /** After a pull that began when these answers were in: their effect is in the server's copies now. */
  async afterPull(): Promise<void> {
    await this.#turn({ what: 'pulled' }, (row) => row.state === 'arrived')
  }

  /** The server was restored: what it had from us is handed in again, under the same ids. */
  async afterRestore(): Promise<void> {
    await this.#turn({ what: 'restored' }, (row) => row.state === 'arrived' || row.state === 'kept')
  }

  /** Drop sent copies that a finished backup of the server holds (up to `durableSeq`), and very old ones. */
  async dropCopies(durableSeq: number, now: Date): Promise<void> {
    const before = await this.#store.database.run((database) => database.get('meta', 'durable'))
    const grown = durableSeq > (before?.id === 'durable' ? before.seq : 0)
    const oldest = localDay(new Date(now.getTime() - KEEP_COPIES_DAYS * 86_400_000))
    const isOld = (row: Row): boolean => (row.day ?? '') < oldest
    const copies = await this.#store.openStore<Content>('outbox', (row) => row.state === 'kept' && (grown || isOld(row)))
    const done = copies.filter(({ row, value }) => isOld(row) || (value.result?.seq ?? Infinity) <= durableSeq)
    const gone = done.map(({ row }) => row.id)
    await this.#write([], { gone, meta: grown ? [{ id: 'durable', seq: durableSeq }] : [] })
  }

  /** Ids of all mutations, sent copies too, on records that were purged. */
  async idsOf(entityIds: Set<string>): Promise<string[]> {
    const all = await this.#open(() => true)
    return all.filter(({ mutation }) => entityIds.has(mutation.entity_id)).map(({ mutation }) => mutation.id)
  }

  /**
   * The worker's own decision to drop mutations. With `onlyUnsent`, only if none of them was ever handed in.
   * Returns whether they were dropped.
   */
  async discard(ids: string[], onlyUnsent = false): Promise<boolean> {
    return this.#store.database.write(['outbox'], async (tx) => {
      const outbox = tx.objectStore('outbox')
      const rows = await Promise.all(ids.map((id) => outbox.get(id)))
      const allowed = !onlyUnsent || rows.every((row) => row?.state === 'here')
      if (allowed) await Promise.all(ids.map((id) => outbox.delete(id)))
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

  async #turn(event: QueueEvent, wanted: (row: Row) => boolean): Promise<void> {
    const queue = await this.#open(wanted)
    await this.#write(queue.flatMap((queued) => advance(queued, event) ?? []))
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
  async #write(queued: Queued[], more: { fresh?: boolean; gone?: string[]; meta?: Meta[] } = {}): Promise<void> {
    const { fresh = false, gone = [], meta = [] } = more
    if (queued.length + gone.length + meta.length === 0) return
    const rows = await this.#seal(queued)
    await this.#store.database.write(['outbox', 'meta'], async (tx) => {
      const outbox = tx.objectStore('outbox')
      const put = async (row: Row): Promise<void> => {
        if (fresh || (await outbox.getKey(row.id))) await outbox.put(row)
      }
      await Promise.all([
        ...rows.map(put),
        ...gone.map((id) => outbox.delete(id)),
        ...meta.map((value) => tx.objectStore('meta').put(value)),
      ])
    })
    // "Saved" is said only now: the transaction is complete.
  }

  async #seal(queued: Queued[]): Promise<Row[]> {
    const boxes = await this.#store.locker.sealAll(
      queued.map(({ mutation, result }) => ({
        place: { store: 'outbox', id: mutation.id, version: mutation.no },
        value: { mutation, result } satisfies Content,
      })),
    )
    const shared = { scopes: [`member:${this.#store.id}`], day: localDay(new Date()) }
    return queued.map(({ mutation, state }, index) => {
      return { ...shared, id: mutation.id, state, version: mutation.no, box: boxes[index]! }
    })
  }
}
