/** Days and times as people say them, in the organisation's time zone: the same day for everybody in the team. */
import { session } from '../engine.ts'
import type { ContactView, LogEntry } from '../store/types.ts'
import { _, words } from '../words/words.svelte.ts'

const NOON = 12

export function timeZone(): string {
  return session.me?.organisation.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** The ISO date on which an instant falls. */
export function dayOf(instant: Date, zone = timeZone()): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return parts.format(instant)
}

export function today(): string {
  return dayOf(new Date())
}

export function daysBefore(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - days)
  return date.toISOString().slice(0, 10)
}

/** Noon of a day in the time zone: where only the day is known, the instant must not slip into a neighbouring day. */
export function noonOf(day: string, zone = timeZone()): Date {
  const guess = new Date(`${day}T${NOON}:00:00Z`)
  const hour = Number(
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(guess),
  )
  return new Date(guess.getTime() - (hour - NOON) * 3_600_000)
}

/** What `when` means at this moment. */
export function resolveWhen(
  entry: Pick<LogEntry, 'when' | 'day'>,
  now: Date,
): { occurred_at: string; date_precision: 'time' | 'day' } {
  if (entry.when === 'now') return { occurred_at: now.toISOString(), date_precision: 'time' }
  const day = entry.when === 'yesterday' ? daysBefore(dayOf(now), 1) : entry.when === 'day' ? entry.day : null
  const noon = noonOf(day ?? dayOf(now))
  return { occurred_at: (noon < now ? noon : now).toISOString(), date_precision: 'day' }
}

export function contactDay(contact: ContactView): string | null {
  if (contact.day) return contact.day
  return contact.occurred_at ? dayOf(new Date(contact.occurred_at)) : null
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
  return dayOf(instant) === today() ? clock(instant) : `${dayWord(dayOf(instant))} ${clock(instant)}`
}
