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

/** What is known of the day of a contact: an ISO date, an ISO month, or nothing. */
export function contactPeriod(contact: ContactView): string | null {
  const day = contactDay(contact)
  return day && contact.date_precision === 'month' ? day.slice(0, 7) : day
}

/** "today", "yesterday", the weekday and date, or the month: whatever the ISO date or month says. */
export function dayWord(period: string): string {
  const now = today()
  if (period === now) return _('Today')
  if (period === daysBefore(now, 1)) return _('Yesterday')
  return longDay(period)
}

export function longDay(period: string): string {
  const [year, , day] = period.split('-')
  return new Intl.DateTimeFormat(words.intl, {
    timeZone: 'UTC',
    month: 'long',
    ...(day ? { weekday: 'long', day: 'numeric' } : {}),
    ...(day && today().startsWith(`${year}-`) ? {} : { year: 'numeric' }),
  }).format(new Date(`${day ? period : `${period}-01`}T00:00:00Z`))
}

/** An instant as short as it can be: the time today, the day and time before. */
export function moment(instant: Date): string {
  const day = dayOf(instant, timeZone())
  return day === today() ? clock(instant) : `${dayWord(day)} ${clock(instant)}`
}
