/** How the first page, asked for again, joins what is on the screen. Pure. */
import type { ContactLine, ContactPage } from './wire.ts'

export type Joined = {
  /** What was on the screen: changed ones renewed, deleted ones gone. */
  shown: ContactLine[]
  /** What came in and is not on the screen yet. */
  fresh: ContactLine[]
  /** So much came in that the new page does not reach what is on the screen: showing it starts the list anew. */
  gap: boolean
}

/** The latest arrival first; the id settles equal instants, as on the server. */
function byArrival(one: ContactLine, other: ContactLine): number {
  const later = Date.parse(other.received_at) - Date.parse(one.received_at)
  return later || (one.id < other.id ? 1 : -1)
}

export function join(shown: readonly ContactLine[], page: ContactPage): Joined {
  const renewed = new Map(page.contacts.map((contact) => [contact.id, contact]))
  const known = new Set(shown.map(({ id }) => id))
  const fresh = page.contacts.filter(({ id }) => !known.has(id))
  const last = page.next === null ? null : page.contacts.at(-1)
  const isGone = (contact: ContactLine) => !renewed.has(contact.id) && (!last || byArrival(contact, last) < 0)
  return {
    shown: shown.filter((contact) => !isGone(contact)).map((contact) => renewed.get(contact.id) ?? contact),
    fresh,
    gap: shown.length > 0 && page.next !== null && fresh.length === page.contacts.length,
  }
}

/** Puts new ones in their places. */
export function insert(shown: readonly ContactLine[], fresh: readonly ContactLine[]): ContactLine[] {
  const coming = new Set(fresh.map(({ id }) => id))
  return [...fresh, ...shown.filter(({ id }) => !coming.has(id))].sort(byArrival)
}
