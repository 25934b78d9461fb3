/** The list of what came in: page after page, and what arrived since. What is shown stays when a request fails. */
import { api, call } from '../api/client.ts'
import { ask } from '../people/ask.ts'
import { insert, join } from './merge.ts'
import type { ContactLine, ContactPage } from './wire.ts'

export type Filter = { from: string | null; to: string | null; member: string | null; setting: string | null }
export const NO_FILTER: Filter = { from: null, to: null, member: null, setting: null }

const PAGE = 50

export class Inbox {
  contacts = $state.raw<ContactLine[]>([])
  /** Arrived and not shown yet: nothing jumps away under a reader. */
  fresh = $state.raw<ContactLine[]>([])
  total = $state(0)
  next = $state.raw<string | null>(null)
  busy = $state(false)
  error = $state.raw<unknown>(null)
  fetched = $state.raw<Date | null>(null)

  private filter = NO_FILTER
  private gapNext: string | null | undefined
  /** Counts what starts the list anew: answers to older questions are dropped. */
  private turn = 0
  /** A look that came while another request was under way. */
  private waiting: (() => boolean) | null = null

  /** Starts anew with a filter. */
  async load(filter: Filter): Promise<void> {
    this.filter = filter
    this.turn += 1
    await this.run(null, (page) => this.start(page))
  }

  /** The page after the last one. */
  async more(): Promise<void> {
    if (this.busy || this.next === null) return
    await this.run(this.next, (page) => {
      this.contacts = insert(this.contacts, page.contacts)
      this.next = page.next
    })
  }

  /** Looks what came in or changed; shows new ones at once where `atTop`, else keeps them in `fresh`. */
  async check(atTop: () => boolean): Promise<void> {
    if (this.busy) {
      this.waiting = atTop
      return
    }
    if (!this.fetched) return this.load(this.filter)
    await this.run(null, (page) => {
      const joined = join(this.contacts, page)
      this.contacts = joined.shown
      this.fresh = joined.fresh
      this.gapNext = joined.gap ? page.next : undefined
      if (atTop()) this.show()
    })
  }

  /** Puts what came in on the screen. */
  show(): void {
    if (this.gapNext === undefined) this.contacts = insert(this.contacts, this.fresh)
    else [this.contacts, this.next] = [this.fresh, this.gapNext]
    this.fresh = []
    this.gapNext = undefined
  }

  private start(page: ContactPage): void {
    this.contacts = page.contacts
    this.next = page.next
    this.fresh = []
    this.gapNext = undefined
  }

  private async run(before: string | null, take: (page: ContactPage) => void): Promise<void> {
    const turn = this.turn
    this.busy = true
    try {
      const page = await this.ask(before)
      if (turn !== this.turn) return
      take(page)
      this.total = page.total
      this.error = null
      if (before === null) this.fetched = new Date()
    } catch (error) {
      if (turn === this.turn) this.error = error
    } finally {
      if (turn === this.turn) this.busy = false
    }
    const waiting = this.waiting
    this.waiting = null
    if (waiting && !this.busy) await this.check(waiting)
  }

  private async ask(before: string | null): Promise<ContactPage> {
    const chosen = Object.entries({ ...this.filter, before }).filter(([, value]) => value !== null)
    const query = { ...(Object.fromEntries(chosen) as Record<string, string>), limit: PAGE }
    return (await ask(() => call(api.GET('/api/review/contacts', { params: { query } })))) as ContactPage
  }
}
