/**
 * Two people at the same facts: what only one of them changed is taken from that one, what both changed is a choice. The
 * facts are looked at in parts: each line, each place, each card. Pure.
 */
import type { Facts, OwnCard, Place } from './wire.ts'

export const LINES = ['name', 'address', 'email', 'phone', 'privacy'] as const
export type Line = (typeof LINES)[number]

/** `name`, `place/<id>`, `card/<id>`, `off/<id>`: what stands there, or nothing. */
export type Value = string | true | Place | OwnCard | undefined
export type Conflict = { key: string; mine: Value; theirs: Value }
/** `facts`: one's own where both changed the same. `taken`: keys of what only the other changed. */
export type Merged = { facts: Facts; conflicts: Conflict[]; taken: string[] }

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

export function merge(base: Facts, mine: Facts, theirs: Facts): Merged {
  const [was, own, other] = [partsOf(base), partsOf(mine), partsOf(theirs)]
  const moved = !same(kept(base, mine), kept(mine, base))
  const [first, second] = moved ? [own, other] : [other, own]
  const result = new Map<string, Value>()
  const conflicts: Conflict[] = []
  const taken: string[] = []
  for (const key of new Set([...first.keys(), ...second.keys(), ...was.keys()])) {
    const [b, m, t] = [was.get(key), own.get(key), other.get(key)]
    const untouched = same(b, m)
    if (untouched && !same(m, t)) taken.push(key)
    if (!untouched && !same(b, t) && !same(m, t)) conflicts.push({ key, mine: m, theirs: t })
    const value = untouched ? t : m
    if (value !== undefined) result.set(key, value)
  }
  return { facts: factsOf(result), conflicts, taken }
}

/** The facts with one part as it is said here; without it for `undefined`. */
export function withPart(facts: Facts, key: string, value: Value): Facts {
  const parts = partsOf(facts)
  if (value === undefined) parts.delete(key)
  else parts.set(key, value)
  return factsOf(parts)
}

export function valueOf(facts: Facts, key: string): Value {
  return partsOf(facts).get(key)
}

/** The ids of the places that both have, in the order of the first. */
function kept(one: Facts, other: Facts): string[] {
  const there = new Set(other.places.map(({ id }) => id))
  return one.places.map(({ id }) => id).filter((id) => there.has(id))
}

function partsOf(facts: Facts): Map<string, Value> {
  return new Map<string, Value>([
    ...LINES.map((line) => [line, facts[line]] as const),
    ...facts.places.map((place) => [`place/${place.id}`, place] as const),
    ...facts.own_cards.map((card) => [`card/${card.id}`, card] as const),
    ...facts.cards_off.map((id) => [`off/${id}`, true] as const),
  ])
}

function factsOf(parts: Map<string, Value>): Facts {
  const of = (kind: string) => [...parts].filter(([key]) => key.startsWith(`${kind}/`))
  const line = (name: Line) => (parts.get(name) as string | undefined) ?? ''
  return {
    name: line('name'),
    address: line('address'),
    email: line('email'),
    phone: line('phone'),
    privacy: line('privacy'),
    places: of('place').map(([, place]) => place as Place),
    cards_off: of('off').map(([key]) => key.slice('off/'.length)),
    own_cards: of('card').map(([, card]) => card as OwnCard),
  }
}
