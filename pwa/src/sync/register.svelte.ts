/** What this membership has on this device: opens the sealed rows, replays the outbox over them, saves. */
import type { MembershipStore } from '../store/membership.ts'
import type { ContactView, EntityName, LogEntry } from '../store/types.ts'
import {
  type Parts,
  type Refused,
  type Stamp,
  type Unnumbered,
  buildAct,
  buildAdd,
  buildAnswers,
  buildChange,
  buildChoice,
  buildReplacement,
  buildRetry,
  buildSave,
} from './core/build.ts'
import { uuid7 } from './core/ids.ts'
import { type Queued, handedOverIds, isAnswer, isUnsettled, replacedIds } from './core/queue.ts'
import { type Replayed, type RowName, type ServerRow, replay } from './core/replay.ts'
import { NOTHING, type Summary, summarise } from './core/summary.ts'
import { instant } from './core/time.ts'
import { contactViews } from './core/view.ts'
import type { Choice, Fields, Mutation, MutationOutcome } from './core/wire.ts'
import { ENTITIES } from './feed.ts'
import { Outbox } from './outbox.ts'


/** Kinds of rows that are opened and shown. */
const SHOWN: RowName[] = [...ENTITIES, 'conflict']

/** What a supervisor did with a refused mutation, and the contact it was about (which may not be on this device). */
export type Answer = { id: string; status: 'replaced' | 'discarded'; contact: string }

/** A conflict as one chooses in it: on this device, or fetched for a supervisor (then without its version). */
export type Choosable = { id: string; version?: number | null }

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
      if (removal?.state === 'here' && (await outbox.takeBack([removal.mutation.id]))) return []
      return buildAct(this.#row(contactId, 'contact'), 'undelete', this.#queue, stamp())
    })
  }

  /**
   * The author's last word on what was refused of a contact: it is dropped, or the supervisors take it over. What waits on
   * a contact that is dropped goes with it: without the contact, nothing of it can ever be applied.
   */
  async answer(contactId: string, op: 'discard' | 'hand_over'): Promise<void> {
    await this.#act(null, () => {
      const parts = this.#partsOf(contactId)
      const refused = this.refusedOf(contactId)
      const created = refused.some(({ mutation }) => mutation.entity_id === contactId && mutation.op === 'create')
      const waiting = op === 'discard' && created ? parts.filter((one) => isUnsettled(one) && !isAnswer(one.mutation)) : []
      const held = parts.filter(({ state }) => state === 'held')
      const known = [...refused, ...held, ...waiting.filter(({ state }) => state === 'sent')].map(({ mutation }) => mutation)
      const unsent = waiting.filter(({ state }) => state === 'here').map(({ mutation }) => mutation.id)
      return { mutations: buildAnswers(op, known, stamp()), instead: unsent }
    })
  }

  /** Hand in once more, as it is, what was refused of a contact. */
  async again(contactId: string): Promise<void> {
    await this.#act(null, () => buildRetry(this.refusedOf(contactId).map(({ mutation }) => mutation), {}, stamp()))
  }

  /** What was refused of a contact and its parts, and asks for its author. */
  refusedOf(contactId: string): Queued[] {
    const parts = new Set(this.#partsOf(contactId))
    return this.#refused().filter((one) => parts.has(one) && one.mutation.op !== 'resolve')
  }

  /** Choose between two versions. Resolves with the ids of the choices, to take them back by. */
  async choose(conflicts: readonly Choosable[], choice: (conflict: Choosable) => Choice): Promise<void> {
    await this.#act(null, () => {
      return conflicts.map((conflict) => {
        const row = { entity: 'conflict' as const, id: conflict.id, version: this.#view.get(conflict.id)?.version ?? null }
        return buildChoice(row, choice(conflict), this.#queue, stamp())
      })
    })
  }

  /** Take choices back that did not leave the device yet. Returns false where they have: then one chooses again. */
  async unchoose(conflictIds: readonly string[]): Promise<boolean> {
    let done = false
    await this.#act(null, async (outbox) => {
      const choices = this.#queue.filter(({ mutation: { op, entity_id: id } }) => op === 'resolve' && conflictIds.includes(id))
      done = choices.length > 0 && (await outbox.takeBack(choices.map(({ mutation }) => mutation.id)))
      return []
    })
    return done
  }

  /** The author has seen that a choice came too late: it is dropped, as everything that was refused is. */
  async acknowledge(conflictId: string): Promise<void> {
    await this.#act(null, () => {
      const late = this.#refused().filter(({ mutation: { op, entity_id: id } }) => op === 'resolve' && id === conflictId)
      return buildAnswers('discard', late.map(({ mutation }) => mutation), stamp())
    })
  }

  /** A supervisor's answer to what was handed over: the same anew, with corrected fields by mutation. */
  async correct(handedOver: Mutation[], corrections: Record<string, Fields>): Promise<void> {
    await this.#act(null, () => buildRetry(handedOver, corrections, stamp()))
  }

  /** A supervisor's other answer: it is dropped. */
  async dismiss(handedOver: readonly Refused[]): Promise<void> {
    await this.#act(null, () => buildAnswers('discard', [...handedOver], stamp()))
  }

  /** What was refused and asks for who made it: what nothing of this device's records shows, too. */
  readonly refused = $derived.by(() => {
    void this.summary // the queue was read again
    return this.#refused()
  })

  /** Ids of mutations and conflicts that were answered on this device: they ask nothing more, here. */
  readonly answered = $derived.by(() => {
    void this.summary // the queue was read again
    const said = this.#queue.filter(({ state }) => state !== 'look').map(({ mutation }) => mutation)
    return new Set(said.flatMap(({ op, replaces, entity_id: id }) => [replaces, op === 'resolve' ? id : undefined]))
  })

  /** What supervisors did with what this worker had handed over or left open, the latest first. Throws StoreProblem. */
  async answers(): Promise<Answer[]> {
    const store = this.#store
    if (!store) return []
    const rows = await store.openStore<MutationOutcome>('mutation_outcome')
    const answered = rows.filter(({ value: { status, settled_by: by } }) => {
      return by !== null && by !== store.id && (status === 'replaced' || status === 'discarded')
    })
    return answered
      .map(({ row, value }) => ({ id: row.id, status: value.status as Answer['status'], contact: this.#contactOf(value.entity_id) }))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
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
    const rows = (await Promise.all(SHOWN.map((entity) => this.#rows(store, entity)))).flat()
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
  async #rows(store: MembershipStore, entity: RowName): Promise<ServerRow[]> {
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
  async #act(entry: LogEntry | null, build: (outbox: Outbox) => Act | Promise<Act>): Promise<void> {
    const act = this.#acting
      .catch(() => undefined)
      .then(async () => {
        const [store, outbox] = [this.#store, this.#outbox]
        if (!store || !outbox) throw new Error('nobody is signed in')
        await this.refresh()
        const built = await build(outbox)
        const { mutations, instead } = Array.isArray(built) ? { mutations: built, instead: [] } : built
        if (mutations.length + instead.length) await outbox.append(mutations, instead)
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

  /** Mutations of a contact and of all that belongs to it. */
  #partsOf(contactId: string): Queued[] {
    return this.#queue.filter(({ mutation }) => {
      return this.#contactOf(mutation.entity_id) === contactId || mutation.set['contact_id'] === contactId
    })
  }

  /** The contact that a record belongs to; of two versions, the contact of the record. */
  #contactOf(id: string): string {
    const data = this.#view.get(id)?.data
    return data?.['entity_id'] ? this.#contactOf(String(data['entity_id'])) : String(data?.['contact_id'] ?? id)
  }

  #refused(): Queued[] {
    const [replaced, passedOn] = [replacedIds(this.#queue), handedOverIds(this.#queue)]
    return this.#queue.filter(({ state, mutation }) => {
      return state === 'look' && !isAnswer(mutation) && !replaced.has(mutation.id) && !passedOn.has(mutation.id)
    })
  }
}

/** What an act puts into the outbox, and what it takes out that was never handed in. */
type Act = Unnumbered[] | { mutations: Unnumbered[]; instead: string[] }

function keyOf(entity: string, id: string, version: number): string {
  return `${entity}/${id}/${version}`
}

function stamp(): Stamp {
  return { at: instant(new Date()), id: () => uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(16))) }
}
