/** What newcomers are told, as the server answers it, with nothing left out: every place has its id, every list is there. */
import type { components } from '../api/schema.d.ts'

type Answer = components['schemas']['KnownFacts']

/** `days` from 0, Monday; times as `09:00`. */
export type Hours = { days: number[]; opens: string; closes: string }
export type Landmark = { sign: string; text: string }
export type Place = {
  id: string
  name: string
  address: string
  way: Landmark[]
  hours: Hours[]
  languages: string[]
  phone: string
}
/** A sentence of the organisation's own to show at a counter, by language. */
export type OwnCard = { id: string; sign: string; texts: Record<string, string> }
export type Facts = {
  name: string
  address: string
  email: string
  phone: string
  privacy: string
  places: Place[]
  /** Ready-made cards that are not offered. */
  cards_off: string[]
  own_cards: OwnCard[]
}
export type ReadyCard = { id: string; sign: string; texts: Record<string, string> }
export type Known = { facts: Facts; revision: string; ready: ReadyCard[] }

/** A place that was written before places had ids is known by where it stands. */
export function known({ facts, revision, ready_cards }: Answer): Known {
  const places = (facts.places ?? []).map((place, index) => ({
    id: place.id ?? `p${index}`,
    name: place.name,
    address: place.address,
    way: place.way.map(({ sign, text }) => ({ sign, text })),
    hours: place.hours.map(({ days, opens, closes }) => ({ days: [...days], opens, closes })),
    languages: [...place.languages],
    phone: place.phone ?? '',
  }))
  return {
    facts: {
      name: facts.name,
      address: facts.address,
      email: facts.email,
      phone: facts.phone ?? '',
      privacy: facts.privacy,
      places,
      cards_off: [...(facts.cards_off ?? [])],
      own_cards: (facts.own_cards ?? []).map(({ id, sign, texts }) => ({ id, sign, texts: { ...texts } })),
    },
    revision,
    ready: ready_cards ?? [],
  }
}

/** As the server takes it: without spaces at the ends, and no number where none stands. */
export function body(facts: Facts): components['schemas']['PublicFacts'] {
  return {
    name: facts.name.trim(),
    address: facts.address.trim(),
    email: facts.email.trim(),
    phone: facts.phone.trim() || null,
    privacy: facts.privacy.trim(),
    places: facts.places.map((place) => ({
      ...place,
      name: place.name.trim(),
      address: place.address.trim(),
      phone: place.phone.trim() || null,
    })),
    cards_off: facts.cards_off,
    own_cards: facts.own_cards,
  }
}

export function newPlace(): Place {
  return { id: crypto.randomUUID(), name: '', address: '', way: [], hours: [], languages: [], phone: '' }
}
