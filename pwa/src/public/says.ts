/** Parts of what newcomers are told, in words: where two people changed the same. */
import { languageName } from '../guides/editor/says.ts'
import { _, words } from '../words/words.svelte.ts'
import type { Value } from './merge.ts'
import type { OwnCard, Place, ReadyCard } from './wire.ts'

export function weekday(day: number, width: 'short' | 'long' = 'short'): string {
  const aMonday = Date.UTC(2026, 10, 23)
  const format = new Intl.DateTimeFormat(words.intl, { weekday: width, timeZone: 'UTC' })
  return format.format(aMonday + day * 86_400_000)
}

/** A ready-made sentence in the language of the interface, with the language it is in. */
export function sentence({ texts, id }: ReadyCard): { text: string; lang: string } {
  const lang = [words.tag, 'nl', 'en'].find((tag) => tag in texts) ?? words.tag
  return { text: texts[lang] ?? id, lang }
}

export function partName(key: string, value: Value, ready: ReadyCard[]): string {
  const said: Record<string, () => string> = {
    name: () => _('Name of the organisation'),
    address: () => _('Address'),
    email: () => _('Email address'),
    phone: () => _('Telephone'),
    privacy: () => _('Address for questions about privacy'),
  }
  const [kind, id] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)]
  if (kind === 'place') return _('Place: {name}', { name: nameOf(value as Place | undefined) })
  if (kind === 'card') return _('Card: {sentence}', { sentence: firstText(value as OwnCard | undefined) })
  if (kind === 'off') {
    const card = ready.find((one) => one.id === id)
    return _('Card: {sentence}', { sentence: card ? sentence(card).text : id })
  }
  return said[key]?.() ?? key
}

/** What stands there, line by line. */
export function lines(key: string, value: Value): string[] {
  const isReady = key.startsWith('off/')
  if (isReady && value === true) return [_('not offered')]
  if (isReady) return [_('offered')]
  if (value === undefined) return [_('taken out')]
  if (value === '') return [_('nothing')]
  if (typeof value === 'string') return [value]
  if (value === true) return []
  if ('texts' in value) return Object.entries(value.texts).map(([tag, text]) => `${languageName(tag)}: ${text}`)
  return placeLines(value)
}

function placeLines({ name, address, way, hours, languages, phone }: Place): string[] {
  const times = hours.map(({ days, opens, closes }) => `${days.map((day) => weekday(day)).join(', ')} ${opens}–${closes}`)
  const found = [name, address, way.map(({ text }) => text).join(' → '), ...times, languages.map(languageName).join(', '), phone]
  return found.filter(Boolean)
}

function nameOf(place: Place | undefined): string {
  return place?.name || _('without a name')
}

function firstText(card: OwnCard | undefined): string {
  return Object.values(card?.texts ?? {})[0] || _('without a sentence')
}
