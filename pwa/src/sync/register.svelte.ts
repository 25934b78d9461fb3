/** What this membership has on this device: opens the sealed rows, replays the outbox over them, saves. */
import type { MembershipStore } from '../store/membership.ts'
import type { ContactView, EntityName, LogEntry } from '../store/types.ts'
import { type Parts, type Stamp, type Unnumbered, buildAct, buildAdd, buildChange, buildReplacement, buildSave } from './core/build.ts'
import { uuid7 } from './core/ids.ts'
import { type Queued, replacedIds } from './core/queue.ts'
import { type Replayed, type ServerRow, replay } from './core/replay.ts'
import { NOTHING, type Summary, summarise } from './core/summary.ts'
import { instant } from './core/time.ts'
import { contactViews } from './core/view.ts'
import type { Fields } from './core/wire.ts'
import { ENTITIES } from './feed.ts'
import { Outbox } from './outbox.ts'



export class Register {
  contacts = $state.raw<ContactView[]>([])
  /** Whether `contacts` is what the device holds (false while it is being read). */
  ready = $state(false)
  summary = $state.raw<Summary>(NOTHING)

  /** Called when something was put into the outbox; with the entry when it was a log. */
  onSaved: (entry: LogEntry | null) => void = () => undefined

  /** Called after each reading of the device. */
  onShown: () => void = () => undefined

  #store: MembershipStore | null = null
  #outbox: Outbox | null = null
  #queue: Queued[] = []
  #view = new Map<string, Replayed>()
  #opened = new Map<string, ServerRow>()
  #reading: Promise<void> | null = null
  #next: Promise<void> | null = null
  #acting: Promise<unknown> = Promise.resolve()

  /** Show another membership's records, or none. */
  attach(store: MembershipStore | null): void {
    this.#store = store
    this.#outbox = store && new Outbox(store)
    this.contacts = []
    this.ready = false
    this.summary = NOTHING
    this.#queue = []
    this.#view = new Map()
    this.#opened = new Map()
    store?.listen((news) => news === 'records' && void this.refresh().catch(() => undefined))
  }

  /**
   * Save a log: one group of creates. Resolves with the contact's id when it is on the disk. Saving the same entry again
   * changes nothing. Throws StoreProblem; nothing was saved then.
   */
  async save(entry: LogEntry): Promise<string> {
    await this.#act(entry, () => {
      return this.knows(entry.id) ? [] : buildSave(entry, stamp())
    })
    return entry.id
  }

  /** Whether a record is on this device, be it deleted or refused. */
  knows(id: string): boolean {
    return this.#view.has(id) || this.#queue.some(({ mutation }) => mutation.entity_id === id)
  }

  /** Change fields of a record. Where the server refused the record, this is its replacement. */
  async change(entity: EntityName, id: string, set: Record<string, unknown>): Promise<void> {
    await this.#act(null, () => {
      const row = this.#row(id, entity)
      const replacement = buildReplacement(id, set as Fields, this.#refused(), stamp())
      return replacement.length ? replacement : buildChange(row, set as Fields, this.#queue, stamp())
    })
  }

  /** Add help requests and notes to a contact; those that it has already are passed over. */
  async add(contactId: string, parts: Parts): Promise<void> {
    await this.#act(null, () => {
      const contact = this.contacts.find(({ id }) => id === contactId)
      const position = 1 + Math.max(-1, ...(contact?.requests ?? []).map((request) => request.position))
      return buildAdd(contactId, this.#unknown(parts), position, this.#queue, stamp())
    })
  }

  async remove(contactId: string): Promise<void> {
    await this.#act(null, () => buildAct(this.#row(contactId, 'contact'), 'delete', this.#queue, stamp()))
  }

  /** Take a removal back: drop it if it never left the device, else ask the server to bring the contact back. */
  async undo(contactId: string): Promise<void> {
    await this.#act(null, async (outbox) => {
      const removal = this.#queue.findLast(({ mutation }) => mutation.entity_id === contactId && mutation.op === 'delete')
      if (removal?.state === 'here' && (await outbox.discard([removal.mutation.id], true))) return []
      return buildAct(this.#row(contactId, 'contact'), 'undelete', this.#queue, stamp())
    })
  }

  /** The worker's own decision: drop what the server refused of a contact, and what waited on it. */
  async discard(contactId: string): Promise<void> {
    await this.#act(null, async (outbox) => {
      const parts = this.#queue.filter(({ mutation: { entity_id: id } }) => {
        return id === contactId || this.#view.get(id)?.data['contact_id'] === contactId
      })
      const refused = parts.filter(({ state }) => state === 'look')
      const created = refused.some(({ mutation }) => mutation.entity_id === contactId && mutation.op === 'create')
      // Without the contact itself, nothing that belongs to it can ever be applied.
      await outbox.discard((created ? parts : refused).map(({ mutation }) => mutation.id))
      return []
    })
  }

  /** Read the device's rows again. What asks while a reading runs gets the next one. */
  refresh(): Promise<void> {
    if (!this.#reading) {
      this.#reading = this.#read().finally(() => (this.#reading = null))
      return this.#reading
    }
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = null
        return this.refresh()
      })
    return this.#next
  }

  async #read(): Promise<void> {
    const [store, outbox] = [this.#store, this.#outbox]
    if (!store || !outbox) return
    // The outbox first: what arrives meanwhile is then seen twice, never not at all.
    const queue = await outbox.list()
    const rows = (await Promise.all(ENTITIES.map((entity) => this.#rows(store, entity)))).flat()
    if (store === this.#store) this.#show(rows, queue)
  }

  #show(rows: ServerRow[], queue: Queued[]): void {
    this.#opened = new Map(rows.map((row) => [keyOf(row.entity, row.id, row.version), row]))
    this.#queue = queue
    this.#view = replay(rows, queue)
    this.summary = summarise(queue, this.#view)
    this.contacts = contactViews(this.#view.values())
    this.ready = true
    this.onShown()
  }

  /** Rows of one kind; only what is new since the last time is opened. */
  async #rows(store: MembershipStore, entity: EntityName): Promise<ServerRow[]> {
    const rows = await store.database.run((database) => database.getAll(entity))
    const closed = rows.filter((row) => !this.#opened.has(keyOf(entity, row.id, row.version)))
    const values = await store.locker.openAll(entity, closed)
    const fresh = new Map(closed.map((row, index) => [row.id, values[index] as Fields | undefined]))
    return rows.flatMap(({ id, version }): ServerRow[] => {
      const known = this.#opened.get(keyOf(entity, id, version))
      const data = fresh.get(id)
      return known ? [known] : data ? [{ entity, id, version, data }] : []
    })
  }

  /** One act after the other, each on the newest view: a double tap finds what the first one did. */
  async #act(entry: LogEntry | null, build: (outbox: Outbox) => Unnumbered[] | Promise<Unnumbered[]>): Promise<void> {
    const act = this.#acting
      .catch(() => undefined)
      .then(async () => {
        const [store, outbox] = [this.#store, this.#outbox]
        if (!store || !outbox) throw new Error('nobody is signed in')
        await this.refresh()
        const mutations = await build(outbox)
        if (mutations.length) await outbox.append(mutations)
        store.tell('records')
        if (mutations.length) this.onSaved(entry)
      })
    this.#acting = act
    await act
  }

  #unknown({ requests = [], notes = [] }: Parts): Parts {
    const isNew = ({ id }: { id: string }): boolean => !this.knows(id)
    return { requests: requests.filter(isNew), notes: notes.filter(isNew) }
  }

  #row(id: string, entity: EntityName): Replayed {
    return this.#view.get(id) ?? { entity, id, version: null, data: {}, removed: false, state: 'arrived' }
  }

  #refused(): Queued[] {
    const replaced = replacedIds(this.#queue)
    return this.#queue.filter(({ state, result, mutation }) => {
      return state === 'look' && result?.status === 'rejected' && !replaced.has(mutation.id)
    })
  }
}

function keyOf(entity: string, id: string, version: number): string {
  return `${entity}/${id}/${version}`
}

function stamp(): Stamp {
  return { at: instant(new Date()), id: () => uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(16))) }
}
