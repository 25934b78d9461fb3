/** Shapes of the editor's part of `/api/guides`. A *part* is one text, one step, one field, the order or the dates. */
import type { components } from '../../api/schema.d.ts'

type Schemas = components['schemas']
export type GuideLine = Schemas['GuideLine']
export type Draft = Schemas['Draft']
export type DraftText = Schemas['DraftText']
export type About = Schemas['About']
export type Order = Schemas['Order']
export type StepPart = Schemas['StepPart']
export type FieldPart = Schemas['FieldPart']
export type TextPart = Schemas['TextPart']
export type ClashView = Schemas['ClashView']
export type Comparison = Schemas['Comparison']
export type Imported = Schemas['Imported']
export type Suggestion = Schemas['Suggestion']
export type Version = Schemas['Version']
export type Voices = Schemas['Voices']
export type GuideDemand = Schemas['GuideDemand']
export type UnclearCount = Schemas['UnclearCount']
export type Finding = { level: 'error' | 'warning'; code: string; message: string; language?: string; part?: string }
export type TextState = DraftText['state'] | 'missing'

export type Content = About | Order | StepPart | FieldPart | TextPart
/** What the wire says of a content: the same, named as loosely as JSON is. */
export type Loose = Record<string, unknown>

/** Language of the structure: it has none. */
export const STRUCTURE = ''

type Seen = { content: Content; revision: string; own: boolean; news: Content | null }

/** A part of the working copy as the server has it. */
export function partOf(draft: Draft, language: string, part: string): Seen | null {
  if (language !== STRUCTURE) return draft.texts[language]?.[part] ?? null
  if (part === 'about' || part === 'order') return draft[part]
  const [kind, id] = halves(part)
  return (kind === 'step' ? draft.steps[id] : draft.fields[id]) ?? null
}

/** `step.rent` is `step` and `rent`. */
export function halves(part: string): [string, string] {
  const dot = part.indexOf('.')
  return dot < 0 ? [part, ''] : [part.slice(0, dot), part.slice(dot + 1)]
}

/** Whether two contents say the same, in whatever order their keys came. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, sorted) === JSON.stringify(other, sorted)
}

function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value ?? null
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** All steps of an order, each with its section and the step before it there. */
export function places(order: Order): { step: string; section: string; after: string | null }[] {
  return order.sections.flatMap(({ id, steps }) =>
    steps.map((step, index) => ({ step, section: id, after: steps[index - 1] ?? null })),
  )
}

/** An id out of a sentence: `a-z`, `0-9` and `-`, and none that is taken. */
export function idOf(sentence: string, taken: (id: string) => boolean, otherwise: string): string {
  const words = sentence
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
    .filter(Boolean)
  const plain = words.slice(0, 4).join('-').slice(0, 30).replace(/-+$/, '')
  const base = /^[a-z]/.test(plain) ? plain : [otherwise, plain].filter(Boolean).join('-')
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`
    if (!taken(id)) return id
  }
}
