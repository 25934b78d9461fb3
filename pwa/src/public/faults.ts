/** What must be mended before newcomers can be told, by the place where it stands: `phone`, `place/<id>/way`. */
import { _ } from '../words/words.svelte.ts'
import type { Facts, Place } from './wire.ts'

// As the server judges: so that nobody hears of it only after the network has answered.
const PHONE = /^[+0-9][0-9 ./()-]{2,29}$/

export function faultsOf(facts: Facts): Map<string, string> {
  const found = new Map<string, string>()
  if (!facts.name.trim()) found.set('name', _('Write a name.'))
  phone(found, 'phone', facts.phone)
  for (const place of facts.places) placeFaults(found, place)
  for (const { id, texts } of facts.own_cards) {
    for (const [tag, text] of Object.entries(texts)) {
      if (!text.trim()) found.set(`card/${id}/${tag}`, _('Write the sentence, or take this language away.'))
    }
  }
  return found
}

function placeFaults(found: Map<string, string>, { id, name, way, hours, phone: number }: Place): void {
  const at = `place/${id}`
  if (!name.trim()) found.set(`${at}/name`, _('Write a name.'))
  if (way.length === 0) found.set(`${at}/way`, _('Show at least one landmark: the building itself.'))
  for (const [index, { days, opens, closes }] of hours.entries()) {
    if (days.length === 0) found.set(`${at}/hours/${index}`, _('Choose a day.'))
    else if (!opens || !closes || closes <= opens) found.set(`${at}/hours/${index}`, _('It closes after it opens.'))
  }
  phone(found, `${at}/phone`, number)
}

function phone(found: Map<string, string>, at: string, number: string): void {
  if (number.trim() && !PHONE.test(number.trim())) found.set(at, _('Write figures and spaces only, such as 09 123 45 67.'))
}
