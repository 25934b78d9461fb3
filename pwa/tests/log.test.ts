/** What a log is made of: taps, times, what is left open, what a correction sends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contactChanges, contactFields, requestChanges } from '../src/contact/changes.ts'
import {
  actionsOf,
  asksDestination,
  canSave,
  emptyRequest,
  isIncomplete,
  newEntry,
  requestsOf,
  samePerson,
  tapAction,
} from '../src/log/entry.ts'
import { filledUp } from '../src/log/starters.ts'
import { dayOf, noonOf, resolveWhen } from '../src/look/days.ts'
import type { ContactView } from '../src/store/types.ts'

const BRUSSELS = 'Europe/Brussels'

test('the action tapped first is the primary, and taking it away moves the next one up', () => {
  const request = emptyRequest()
  for (const code of ['refer', 'phone', 'explain']) tapAction(request, code)
  assert.deepEqual(actionsOf(request), ['refer', 'phone', 'explain'])
  tapAction(request, 'refer')
  assert.equal(request.primary_action, 'phone')
  assert.deepEqual(request.further_actions, ['explain'])
})

test('a destination is asked after refer, accompany and phone, and goes when the last of them goes', () => {
  const request = emptyRequest()
  tapAction(request, 'explain')
  assert.equal(asksDestination(request), false)
  tapAction(request, 'phone')
  request.destination = 'town_hall'
  tapAction(request, 'explain')
  assert.equal(request.destination, 'town_hall')
  tapAction(request, 'phone')
  assert.equal(request.destination, null)
})

test('only a subtheme is needed to save; language and action are asked for later', () => {
  const entry = newEntry('street')
  assert.equal(canSave(entry), false)
  entry.requests[0]!.subtheme = 'HOU.social'
  assert.equal(canSave(entry), true)
  assert.equal(isIncomplete(entry.contact, entry.requests), true)
  entry.contact.language = 'ar'
  tapAction(entry.requests[0]!, 'listen')
  assert.equal(isIncomplete(entry.contact, entry.requests), false)
})

test('no language is chosen beforehand', () => {
  assert.equal(newEntry('street').contact.language, null)
})

test('"same person" keeps language and snapshot under a new id, and nothing of what was asked or noted', () => {
  const entry = newEntry('street')
  Object.assign(entry.contact, { language: 'ti', gender: 'f', nationality: 'ER', heavy: true, duration: 15 })
  entry.requests[0]!.subtheme = 'HEA.doctor'
  entry.notes.push({ id: 'n', help_request_id: null, text: 'x' })
  const next = samePerson(entry)
  assert.notEqual(next.id, entry.id)
  assert.equal(next.contact.language, 'ti')
  assert.equal(next.contact.nationality, 'ER')
  assert.equal(next.contact.heavy, false)
  assert.equal(next.contact.duration, null)
  assert.equal(next.requests[0]!.subtheme, null)
  assert.deepEqual(next.notes, [])
})

test('"now" is the moment of saving, with its time', () => {
  const now = new Date('2026-07-01T21:59:00Z')
  assert.deepEqual(resolveWhen({ when: 'now', day: null }, now, BRUSSELS), {
    occurred_at: '2026-07-01T21:59:00.000Z',
    date_precision: 'time',
  })
})

test('a day is told by its noon in the organisation’s zone, summer and winter', () => {
  assert.equal(noonOf('2026-07-01', BRUSSELS).toISOString(), '2026-07-01T10:00:00.000Z')
  assert.equal(noonOf('2026-12-01', BRUSSELS).toISOString(), '2026-12-01T11:00:00.000Z')
  assert.equal(noonOf('2026-12-01', 'Asia/Kolkata').toISOString(), '2026-12-01T06:30:00.000Z')
  assert.equal(noonOf('2026-12-01', 'Pacific/Kiritimati').toISOString(), '2026-11-30T22:00:00.000Z')
})

test('just after midnight "yesterday" is the day before by the clock on the wall, not by UTC', () => {
  const now = new Date('2026-06-30T22:30:00Z') // 0:30 on 1 July in Brussels
  const { occurred_at, date_precision } = resolveWhen({ when: 'yesterday', day: null }, now, BRUSSELS)
  assert.equal(dayOf(new Date(occurred_at), BRUSSELS), '2026-06-30')
  assert.equal(date_precision, 'day')
})

test('"earlier today" never lies in the future', () => {
  const now = new Date('2026-07-01T07:00:00Z')
  assert.equal(resolveWhen({ when: 'earlier_today', day: null }, now, BRUSSELS).occurred_at, now.toISOString())
})

test('own habits come first, starters fill up, what is not offered is left out', () => {
  const offered = new Set(['a', 'b', 'c', 'd'])
  assert.deepEqual(filledUp(['c', 'gone'], ['a', 'c', 'b', 'd'], offered, 3), ['c', 'a', 'b'])
})

const KEPT = {
  ...newEntry('street').contact,
  id: 'c',
  state: 'arrived',
  occurred_at: '2026-07-01T10:00:00Z',
  notes: [],
  conflicts: [],
  requests: [
    { ...emptyRequest(), id: 'r', contact_id: 'c', state: 'arrived', position: 0, theme: 'HOU', subtheme: 'HOU.social' },
  ],
} as ContactView

test('a correction sends only the fields that differ', () => {
  const fields = { ...contactFields(KEPT), language: 'so' }
  assert.deepEqual(contactChanges(KEPT, fields), { language: 'so' })
  assert.deepEqual(contactChanges(KEPT, contactFields(KEPT)), {})
  const [request] = requestsOf(KEPT)
  request!.barriers.push('cost')
  assert.deepEqual(requestChanges(KEPT.requests[0]!, request!), { barriers: ['cost'] })
  assert.deepEqual(KEPT.requests[0]!.barriers, [])
})
