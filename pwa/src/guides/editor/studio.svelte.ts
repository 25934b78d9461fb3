/**
 * One guide at its editor's: the server's working copy, and over it what was typed here. A save names what was seen, so
 * that two editors at one sentence is a choice and never a loss.
 */
import { untrack } from 'svelte'
import { ApiProblem, api, call } from '../../api/client.ts'
import { problemText } from '../../look/problems.ts'
import { Remote } from '../../look/remote.svelte.ts'
import { toast } from '../../look/toast.svelte.ts'
import { ask } from '../../people/ask.ts'
import { _, _n } from '../../words/words.svelte.ts'
import { type Typed, type TypedParts, TypedStore, keyOf, nameOf } from './typed.ts'
import {
  type About,
  type Content,
  type Draft,
  type FieldPart,
  type Finding,
  type Loose,
  type Order,
  STRUCTURE,
  type StepPart,
  type TextPart,
  type TextState,
  partOf,
  places,
  same,
} from './wire.ts'

export class Studio {
  readonly code: string
  readonly remote = new Remote<Draft>()
  typed = $state.raw<TypedParts>({})
  /** Why the last save was refused, place by place. */
  refused = $state.raw<Finding[]>([])
  problem = $state.raw<unknown>(null)
  busy = $state(false)

  readonly #store: TypedStore

  constructor(membership: string, code: string) {
    this.code = code
    this.#store = new TypedStore(membership, code)
    this.typed = this.#store.read()
  }

  // Getters, not $derived: a studio outlives the screen that it was made for, and with that screen its deriveds would end.
  get draft(): Draft | null {
    return this.remote.data
  }

  /** Parts that were typed and not saved. */
  get count(): number {
    return Object.keys(this.typed).length
  }

  async load(): Promise<void> {
    const kept = this.#store.read() // another tab may have typed too
    untrack(() => (this.typed = { ...this.typed, ...kept }))
    const path = { code: this.code }
    await this.remote.load(() => ask(() => call(api.GET('/api/guides/{code}/draft', { params: { path } }))))
  }

  /** A part as the editor wants it: what was typed, else what the server has. Null where there is none. */
  part(language: string, part: string): Content | null {
    const typed = this.typed[keyOf(language, part)]
    if (typed) return typed.content
    return this.draft ? (partOf(this.draft, language, part)?.content ?? null) : null
  }

  text(language: string, message: string): TextPart | null {
    return this.part(language, message) as TextPart | null
  }

  step(id: string): StepPart | null {
    return this.part(STRUCTURE, `step.${id}`) as StepPart | null
  }

  field(id: string): FieldPart | null {
    return this.part(STRUCTURE, `field.${id}`) as FieldPart | null
  }

  get about(): About | null {
    return this.part(STRUCTURE, 'about') as About | null
  }

  get order(): Order {
    return (this.part(STRUCTURE, 'order') as Order | null) ?? { sections: [] }
  }

  /** The sentence in the source language, for headings. */
  said(message: string): string {
    return this.draft ? (this.text(this.draft.source, message)?.text ?? '') : ''
  }

  /** The state that a reader would see. A text that was typed here is made from the source that stood beside it. */
  stateOf(language: string, message: string): TextState {
    const text = this.text(language, message)
    if (!text || !this.draft) return 'missing'
    const made = this.draft.source_hashes[message]
    return language !== this.draft.source && made && text.source_hash !== made ? 'outdated' : text.state
  }

  revisionOf(language: string, part: string): string {
    return this.draft ? (partOf(this.draft, language, part)?.revision ?? '') : ''
  }

  isTyped(language: string, part: string): boolean {
    return keyOf(language, part) in this.typed
  }

  /** Whether somebody else changed a part since typing in it began here. */
  isStale(language: string, part: string): boolean {
    const typed = this.typed[keyOf(language, part)]
    return typed !== undefined && typed.seen !== this.revisionOf(language, part)
  }

  edit(language: string, part: string, content: Content | null): void {
    const key = keyOf(language, part)
    const there = this.draft && partOf(this.draft, language, part)
    const seen = this.typed[key]?.seen ?? there?.revision ?? ''
    if (seen === (there?.revision ?? '') && same(content, there?.content ?? null)) this.drop(language, part)
    else this.#keep(key, { seen, content })
    this.refused = this.refused.filter((one) => (one.language ?? '') !== language || one.part !== part)
  }

  drop(language: string, part: string): void {
    this.#keep(keyOf(language, part), null)
  }

  dropAll(): void {
    const before = this.typed
    for (const key of Object.keys(before)) this.#keep(key, null)
    this.refused = []
    toast.show({
      text: () => _('Thrown away.'),
      action: { word: _('Undo'), run: () => Object.entries(before).forEach(([key, typed]) => this.#keep(key, typed)) },
    })
  }

  findingsOf(language: string, part: string): Finding[] {
    const all = [...this.refused, ...(this.draft?.findings ?? [])]
    return all.filter((one) => (one.language ?? '') === language && one.part === part)
  }

  /** Hand in all that was typed: as a whole or not at all. What is typed while it is under way stays typed. */
  async save(): Promise<boolean> {
    const handed = this.typed
    const changes = Object.entries(handed).map(([key, { seen, content }]) => {
      const [language, part] = nameOf(key)
      return { language, part, seen, content: content as Loose | null }
    })
    if (changes.length === 0) return true
    this.busy = true
    this.problem = null
    try {
      const path = { code: this.code }
      const { results } = await ask(() =>
        call(api.POST('/api/guides/{code}/changes', { params: { path }, body: { changes } })),
      )
      this.refused = []
      for (const { language, part, revision } of results) {
        const key = keyOf(language, part)
        const now = this.typed[key]
        if (now === handed[key]) this.#keep(key, null)
        else if (now) this.#keep(key, { ...now, seen: revision })
      }
      await this.load()
      this.#tell(results.filter(({ status }) => status === 'clash').length)
      return true
    } catch (error) {
      this.#fail(error)
      return false
    } finally {
      this.busy = false
    }
  }

  /** Something that is done at once; true when it was. What went wrong is told, and the working copy is fetched anew. */
  async act(request: () => Promise<unknown>): Promise<boolean> {
    this.busy = true
    try {
      await ask(request)
      await this.load()
      return true
    } catch (error) {
      toast.show({ text: () => problemText(error) })
      if (error instanceof ApiProblem && error.kind === 'stop') await this.load()
      return false
    } finally {
      this.busy = false
    }
  }

  /** The sections in another order, or one more with its name; at once, because steps move and come at once too. */
  async reorder(order: Order, name?: { message: string; text: string }): Promise<boolean> {
    const path = { code: this.code }
    const source = this.draft?.source ?? ''
    const part = (language: string, part: string, content: Loose) => {
      return { language, part, seen: this.revisionOf(language, part), content }
    }
    const changes = [part(STRUCTURE, 'order', order)]
    if (name) changes.push(part(source, name.message, { text: name.text, state: 'draft', source_hash: '', reviewed: null }))
    return this.act(() => call(api.POST('/api/guides/{code}/changes', { params: { path }, body: { changes } })))
  }

  async moveStep(id: string, section: string, after: string | null): Promise<boolean> {
    const seen = places(this.order).find(({ step }) => step === id)
    if (!seen) return false
    const params = { path: { code: this.code, step: id } }
    const body = { section, after, seen_section: seen.section, seen_after: seen.after }
    return this.act(() => call(api.POST('/api/guides/{code}/steps/{step}/move', { params, body })))
  }

  async addStep(id: string, section: string, after: string | null, step: StepPart, text: string): Promise<boolean> {
    const path = { code: this.code }
    const body = { id, section, after, step, text }
    return this.act(() => call(api.POST('/api/guides/{code}/steps', { params: { path }, body })))
  }

  /** Take a step out; it can be put back with the texts that it had. */
  async removeStep(id: string): Promise<boolean> {
    const draft = this.draft
    const place = places(this.order).find(({ step }) => step === id)
    const step = draft?.steps[id]
    if (!draft || !place || !step) return false
    const params = { path: { code: this.code, step: id } }
    const body = { seen: step.revision }
    const done = await this.act(() => call(api.POST('/api/guides/{code}/steps/{step}/remove', { params, body })))
    if (!done) return false
    this.drop(STRUCTURE, `step.${id}`) // no step to save any more; its sentences stay
    const sentence = draft.texts[draft.source]?.[`step.${id}`]?.content
    const run = async () => {
      const back = await this.addStep(id, place.section, place.after, step.content, sentence?.text ?? '…')
      if (back && sentence) {
        this.edit(draft.source, `step.${id}`, sentence)
        await this.save()
      }
    }
    toast.show({ text: () => _('The step is taken out.'), done: true, action: { word: _('Undo'), run } })
    return true
  }

  #tell(clashes: number): void {
    if (clashes === 0) toast.show({ text: () => _('Kept. Readers see it after the next publication.'), done: true })
    else {
      toast.show({
        text: () =>
          _n(
            'Somebody was faster at {n} place. Both are kept: choose above.',
            'Somebody was faster at {n} places. Both are kept: choose above.',
            clashes,
          ),
      })
    }
  }

  #fail(error: unknown): void {
    this.problem = error
    const findings = error instanceof ApiProblem ? error.document?.['findings'] : null
    if (Array.isArray(findings)) this.refused = findings as Finding[]
  }

  #keep(key: string, typed: Typed | null): void {
    const others = { ...this.typed }
    delete others[key]
    this.typed = typed ? { ...others, [key]: typed } : others
    if (!this.#store.write(key, typed)) {
      toast.show({ text: () => _('This browser has no room left: save now, or what you typed is only on this screen.') })
    }
  }
}

const studios = new Map<string, Studio>()

/** The one studio of a guide for who sits here: what was fetched is there at once on the next screen. */
export function studioOf(membership: string, code: string): Studio {
  const key = `${membership}/${code}`
  const found = studios.get(key) ?? new Studio(membership, code)
  studios.set(key, found)
  return found
}
