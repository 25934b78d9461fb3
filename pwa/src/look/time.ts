/** Days and times as people say them, in the organisation's time zone: the same day for everybody in the team. */
import { session } from '../engine.ts'
import type { ContactView } from '../store/types.ts'
import { _, words } from '../words/words.svelte.ts'
import { dayOf, daysBefore } from './days.ts'

export function timeZone(): string {
  return session.me?.organisation.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
}

export function today(): string {
  return dayOf(new Date(), timeZone())
}

export function contactDay(contact: ContactView): string | null {
  if (contact.day) return contact.day
  return contact.occurred_at ? dayOf(new Date(contact.occurred_at), timeZone()) : null
}

export function clock(instant: Date): string {
  return new Intl.DateTimeFormat(words.intl, {
    timeZone: timeZone(),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(instant)
}

/** "today", "yesterday", or the weekday and date. */
export function dayWord(day: string): string {
  const now = today()
  if (day === now) return _('Today')
  if (day === daysBefore(now, 1)) return _('Yesterday')
  return longDay(day)
}

export function longDay(day: string): string {
  return new Intl.DateTimeFormat(words.intl, {
    timeZone: 'UTC',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  }).format(new Date(`${day}T00:00:00Z`))
}

/** An instant as short as it can be: the time today, the day and time before. */
export function moment(instant: Date): string {
  const day = dayOf(instant, timeZone())
  return day === today() ? clock(instant) : `${dayWord(day)} ${clock(instant)}`
}
