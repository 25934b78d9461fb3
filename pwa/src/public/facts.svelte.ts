/**
 * What newcomers are told, while somebody changes it. It lives as long as the app and the person: who looks at another
 * screen finds their words again. What another saved meanwhile is merged in, and both are shown.
 */
import { ApiProblem, api, call } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import { ask } from '../people/ask.ts'
import { faultsOf } from './faults.ts'
import { type Conflict, type Merged, merge, same, type Value, withPart } from './merge.ts'
import { body, type Facts, type Known, known, type ReadyCard } from './wire.ts'

type Answer = components['schemas']['KnownFacts']

export class PublicFacts {
  /** As it stands on the screen. */
  shown = $state<Facts | null>(null)
  /** What is told now, as far as this device saw. */
  base = $state.raw<Facts | null>(null)
  ready = $state.raw<ReadyCard[]>([])
  /** What somebody else saved meanwhile; stays until this is saved. */
  clash = $state.raw<Pick<Merged, 'conflicts' | 'taken'> | null>(null)
  busy = $state(false)
  problem = $state.raw<unknown>(null)
  /** Whether saving was tried: from then on the screen says what is missing. */
  tried = $state(false)

  readonly dirty = $derived(this.shown !== null && !same(this.shown, this.base))
  readonly faults = $derived(this.tried && this.shown ? faultsOf(this.shown) : new Map<string, string>())
  #revision = ''

  /** Throws ApiProblem. */
  async load(): Promise<void> {
    this.#take(known(await ask(() => call(api.GET('/api/guides/public-facts')))))
  }

  /** True when it is told now. What was typed stays in any case. */
  async save(): Promise<boolean> {
    this.tried = true
    if (!this.shown || this.busy || this.faults.size > 0) return false
    const sent = $state.snapshot(this.shown)
    ;[this.busy, this.problem] = [true, null]
    try {
      const change = { facts: body(sent), seen: this.#revision }
      const told = known(await ask(() => call(api.PUT('/api/guides/public-facts', { body: change }))))
      this.base = sent // what was typed while this was under way is still to be saved
      this.clash = null
      this.tried = false
      this.#take(told, true)
      return true
    } catch (error) {
      const current = currentOf(error)
      if (current) this.#take({ ...known(current), ready: this.ready })
      else this.problem = error
      return false
    } finally {
      this.busy = false
    }
  }

  choose(conflict: Conflict, side: 'mine' | 'theirs'): void {
    const value: Value = conflict[side]
    if (this.shown) this.shown = withPart($state.snapshot(this.shown), conflict.key, value)
  }

  /** Back to what is told now. */
  drop(): void {
    this.shown = structuredClone(this.base)
    this.clash = this.problem = null
    this.tried = false
  }

  #take({ facts, revision, ready }: Known, own = false): void {
    const before = this.#revision
    if (this.shown && this.base) {
      const merged = merge(this.base, $state.snapshot(this.shown), facts)
      if (!own && before !== revision && (this.clash || this.dirty)) this.clash = joined(this.clash, merged)
      this.shown = merged.facts
    } else {
      this.shown = structuredClone(facts)
    }
    this.base = facts
    this.ready = ready
    this.#revision = revision
  }
}

/** Also what an earlier look showed: a third person may have saved before this was settled. */
function joined(before: PublicFacts['clash'], { conflicts, taken }: Merged): PublicFacts['clash'] {
  const newer = new Set(conflicts.map(({ key }) => key))
  const older = (before?.conflicts ?? []).filter(({ key }) => !newer.has(key))
  return { conflicts: [...older, ...conflicts], taken: [...new Set([...(before?.taken ?? []), ...taken])] }
}

function currentOf(error: unknown): Answer | null {
  const document = error instanceof ApiProblem ? error.document : null
  return document?.code === 'facts_changed' ? (document['current'] as Answer) : null
}

let open: { membership: string; facts: PublicFacts } | null = null

/** The one of this person; another who sits down here begins with what is told. */
export function publicFactsOf(membership: string): PublicFacts {
  if (open?.membership !== membership) open = { membership, facts: new PublicFacts() }
  return open.facts
}
