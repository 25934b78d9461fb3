/** From what the worker did to the mutations that say so. Numbers (`no`) are given when they enter the outbox. */
import type { EntityName, LogEntry, NoteEntry, RequestEntry } from '../../store/types.ts'
import { same } from './merge.ts'
import { type Queued, isUnsettled, lastUnsettled } from './queue.ts'
import type { Replayed } from './replay.ts'
import type { Choice, Fields, Json, Mutation } from './wire.ts'

/** The server takes at most this many mutations as one whole. */
export const LARGEST_GROUP = 20

export type Unnumbered = Omit<Mutation, 'no'>

/** Where ids come from, and the time of the act (RFC 3339 with offset). */
export type Stamp = { at: string; id: () => string }

export type Parts = { requests?: RequestEntry[]; notes?: NoteEntry[] }

/** A save: the contact, its help requests with a subtheme, its notes with text. One group, or several if it is long. */
export function buildSave(entry: LogEntry, stamp: Stamp): Unnumbered[] {
  const contact = create('contact', entry.id, { ...entry.contact }, stamp)
  return grouped([contact, ...buildParts(entry.id, entry, 0, stamp)], stamp)
}

/** Further help requests and notes of a contact that was saved before. `position` is that of the first request. */
export function buildAdd(contactId: string, parts: Parts, position: number, queue: Queued[], stamp: Stamp): Unnumbered[] {
  const creation = queue.find(({ mutation }) => mutation.entity_id === contactId && mutation.op === 'create')
  const waits = creation && (isUnsettled(creation) || creation.state === 'held') ? [creation.mutation.id] : []
  const added = buildParts(contactId, parts, position, stamp).map((part) => ({ ...part, depends_on: waits }))
  return grouped(added, stamp)
}

/** New values for some fields. Fields that stay as they are are left out; no mutation when none changes. */
export function buildChange(row: Replayed, set: Fields, queue: Queued[], stamp: Stamp): Unnumbered[] {
  const changed = Object.entries(set).filter(([key, value]) => !same(row.data[key] ?? null, value))
  if (changed.length === 0) return []
  const base = Object.fromEntries(changed.map(([key]) => [key, row.data[key] ?? null]))
  return [{ ...act(row, 'update', queue, stamp), base, set: Object.fromEntries(changed) }]
}

/** Taking a contact away, or taking that back. Its requests and notes go and come with it on the server. */
export function buildAct(row: Replayed, op: 'delete' | 'undelete', queue: Queued[], stamp: Stamp): Unnumbered[] {
  return [act(row, op, queue, stamp)]
}

/**
 * The answer to a refusal: what was refused of this record, and what was refused with it, is handed in anew with the
 * corrected fields; each new mutation names the one it replaces. Empty when nothing of this record was refused.
 */
export function buildReplacement(entityId: string, set: Fields, refused: Queued[], stamp: Stamp): Unnumbered[] {
  const own = refused.map(({ mutation }) => mutation).filter((mutation) => mutation.entity_id === entityId)
  if (own.length === 0) return []
  const groups = new Set(own.map(({ group }) => group).filter(Boolean))
  const whole = refused.map(({ mutation }) => mutation).filter((one) => own.includes(one) || groups.has(one.group))
  const renewed = whole.map((mutation) => ({
    ...withoutNumber(mutation),
    id: stamp.id(),
    set: own.includes(mutation) ? corrected(mutation, set, mutation === own[0]) : mutation.set,
    depends_on: [],
    replaces: mutation.id,
  }))
  return grouped(renewed, stamp)
}

/**
 * What was refused, handed in once more: with corrections by the id of the mutation they correct, or as it is, for the
 * reason may be gone.
 */
export function buildRetry(refused: Mutation[], corrections: Record<string, Fields>, stamp: Stamp): Unnumbered[] {
  const again = refused.map((mutation) => ({
    ...withoutNumber(mutation),
    id: stamp.id(),
    set: { ...mutation.set, ...corrections[mutation.id] },
    depends_on: [],
    replaces: mutation.id,
  }))
  return grouped(again, stamp)
}

/** Which of two versions holds. Choosing again is a further choice, after the one before. */
export function buildChoice(conflict: Pick<Replayed, 'entity' | 'id' | 'version'>, choice: Choice, queue: Queued[], stamp: Stamp): Unnumbered {
  return { ...act(conflict, 'resolve', queue, stamp), set: { choice } }
}

/** What an answer to a refusal names: the refused mutation and the record it was about. */
export type Refused = Pick<Mutation, 'id' | 'entity' | 'entity_id'>

/**
 * The author's last word on what was refused: it is dropped, or passed on to the supervisors. No group: where one of them
 * was answered at the desk meanwhile, the others still hold.
 */
export function buildAnswers(op: 'discard' | 'hand_over', refused: Refused[], stamp: Stamp): Unnumbered[] {
  return refused.map(({ id, entity, entity_id }) => {
    return { id: stamp.id(), entity, entity_id, op, base: {}, set: {}, occurred_at: stamp.at, depends_on: [], replaces: id }
  })
}

/** The first refused mutation of the record takes all corrections; later ones only of the fields they set themselves. */
function corrected(mutation: Mutation, set: Fields, first: boolean): Fields {
  const own = Object.entries(set).filter(([key]) => first || key in mutation.set)
  return { ...mutation.set, ...Object.fromEntries(own) }
}

function buildParts(contactId: string, parts: Parts, position: number, stamp: Stamp): Unnumbered[] {
  const requests = (parts.requests ?? []).filter(({ subtheme }) => subtheme)
  const notes = (parts.notes ?? []).filter(({ text }) => text.trim())
  const kept = new Set(requests.map(({ id }) => id))
  const dropped = new Set((parts.requests ?? []).filter(({ id }) => !kept.has(id)).map(({ id }) => id))
  return [
    ...requests.map(({ id, ...fields }, index) => {
      const theme = fields.theme ?? fields.subtheme!.split('.')[0]!
      return create('help_request', id, { ...fields, theme, contact_id: contactId, position: position + index }, stamp)
    }),
    ...notes.map(({ id, text, help_request_id: request }) => {
      // The note of a question that was never chosen belongs to the contact.
      const about = request && !dropped.has(request) ? request : null
      return create('note', id, { text, contact_id: contactId, help_request_id: about }, stamp)
    }),
  ]
}

function create(entity: EntityName, id: string, set: Fields, stamp: Stamp): Unnumbered {
  return { id: stamp.id(), entity, entity_id: id, op: 'create', base: {}, set, occurred_at: stamp.at, depends_on: [] }
}

function act(row: Pick<Replayed, 'entity' | 'id' | 'version'>, op: Mutation['op'], queue: Queued[], stamp: Stamp): Unnumbered {
  const before = lastUnsettled(queue, row.id)
  return {
    id: stamp.id(),
    entity: row.entity,
    entity_id: row.id,
    op,
    ...(row.version === null ? {} : { base_version: row.version }),
    base: {},
    set: {},
    occurred_at: stamp.at,
    depends_on: before ? [before.id] : [],
  }
}

/** Groups of at most twenty; later groups of one save wait for its first mutation, the contact. */
function grouped(mutations: Unnumbered[], stamp: Stamp): Unnumbered[] {
  if (mutations.length < 2) return mutations
  const first = mutations[0]!
  let group = ''
  return mutations.map((mutation, index) => {
    if (index % LARGEST_GROUP === 0) group = stamp.id()
    const waits = index >= LARGEST_GROUP && first.op === 'create' ? [first.id] : []
    return { ...mutation, group, depends_on: [...mutation.depends_on, ...waits] }
  })
}

/**
 * Text as it may travel: half of a character pair (an emoji that was cut) cannot be written as UTF-8, and would make the
 * whole push unreadable.
 */
export function wellFormed<Value extends Fields>(fields: Value): Value {
  const mend = (value: Json): Json => (typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value)
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, mend(value)])) as Value
}

function withoutNumber({ no: _, group: __, ...rest }: Mutation): Unnumbered {
  return rest
}
