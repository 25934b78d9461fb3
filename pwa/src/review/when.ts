/** When a contact was, in words that claim no more than is known. */
import { dayOf, daysBefore } from '../look/days.ts'
import { clock, dayWord, timeZone, today } from '../look/time.ts'
import { _, words } from '../words/words.svelte.ts'
import type { Occurred } from './wire.ts'

/** "Today", "Yesterday", "Thu 19 Nov", "19 Nov 2015": the year only where it is not this one. */
export function shortDay(day: string): string {
  const now = today()
  if (day === now || day === daysBefore(now, 1)) return dayWord(day)
  const options: Intl.DateTimeFormatOptions =
    day.slice(0, 4) === now.slice(0, 4)
      ? { weekday: 'short', day: 'numeric', month: 'short' }
      : { day: 'numeric', month: 'short', year: 'numeric' }
  return new Intl.DateTimeFormat(words.intl, { timeZone: 'UTC', ...options }).format(new Date(`${day}T00:00:00Z`))
}

function monthOf(month: string): string {
  return new Intl.DateTimeFormat(words.intl, { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(
    new Date(`${month}-01T00:00:00Z`),
  )
}

/** The day, or the month, or that nobody knows. */
export function occurredDay(contact: Occurred): string {
  if (contact.date_precision === 'none') return _('no date')
  if (contact.date_precision === 'month') return contact.month ? monthOf(contact.month) : _('no date')
  const day = contact.day ?? (contact.occurred_at ? dayOf(new Date(contact.occurred_at), timeZone()) : null)
  return day ? shortDay(day) : _('no date')
}

/** "14:05", only where the time is known. */
export function occurredTime(contact: Occurred): string | null {
  return contact.date_precision === 'time' && contact.occurred_at ? clock(new Date(contact.occurred_at)) : null
}

/** An instant with its day: "today 14:05". */
export function instantWord(instant: string): string {
  const date = new Date(instant)
  return `${shortDay(dayOf(date, timeZone()))} ${clock(date)}`
}
