/** Days in a time zone. Pure: the zone is the organisation's, so that a day is the same one for everybody in the team. */
import type { LogEntry } from '../store/types.ts'

const NOON = 12

/** The ISO date on which an instant falls. */
export function dayOf(instant: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return parts.format(instant)
}

export function daysBefore(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - days)
  return date.toISOString().slice(0, 10)
}

/** Noon of a day: where only the day is known, the instant must not slip into a neighbouring one. */
export function noonOf(day: string, zone: string): Date {
  const guess = new Date(`${day}T${NOON}:00:00Z`)
  const wall = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  }).format(guess)
  return new Date(guess.getTime() - (Date.parse(`${wall} UTC`) - guess.getTime()))
}

/** What the *when* chip means at this moment. A day that is not over yet is told by now, never by an hour to come. */
export function resolveWhen(
  entry: Pick<LogEntry, 'when' | 'day'>,
  now: Date,
  zone: string,
): { occurred_at: string; date_precision: 'time' | 'day' } {
  if (entry.when === 'now') return { occurred_at: now.toISOString(), date_precision: 'time' }
  const today = dayOf(now, zone)
  const day = entry.when === 'yesterday' ? daysBefore(today, 1) : entry.when === 'day' ? (entry.day ?? today) : today
  const noon = noonOf(day, zone)
  return { occurred_at: (noon < now ? noon : now).toISOString(), date_precision: 'day' }
}
