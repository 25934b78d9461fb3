/** What an answer means for the queue: a table of everything that can stand between a phone and its server. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RawAnswer, isRecord, judge, retryAfter } from '../src/sync/core/answer.ts'

const NOW = Date.parse('2026-11-21T16:00:00Z')
const isOurs = (body: unknown): boolean => isRecord(body) && body['ok'] === true

const problem = (status: number, more: object = {}): Partial<RawAnswer> => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: '/problems/x', title: '', status, code: 'x', number: 1, detail: '', ...more }),
})
const page = (status: number): Partial<RawAnswer> => ({ status, contentType: 'text/html', body: '<h1>Log in to FreeWifi</h1>' })
const json = (status: number, body: unknown): Partial<RawAnswer> => ({ status, body: JSON.stringify(body) })

const table: [string, Partial<RawAnswer>, string][] = [
  ['our answer', json(200, { ok: true }), 'ok'],
  ['our answer with a charset', { ...json(200, { ok: true }), contentType: 'Application/JSON; charset=utf-8' }, 'ok'],
  ['a captive portal with 200 and HTML', page(200), 'retry'],
  ['a portal that says it is JSON', { status: 200, body: '<h1>Log in</h1>' }, 'retry'],
  ['our JSON cut off in the middle', { status: 200, body: '{"ok":tr' }, 'retry'],
  ['JSON of somebody else', json(200, { ok: 'yes' }), 'retry'],
  ['a JSON list', json(200, []), 'retry'],
  ['our JSON without its type', { ...json(200, { ok: true }), contentType: null }, 'retry'],
  ['an empty 204 where an answer is due', { status: 204, body: '' }, 'retry'],
  ['our 401', problem(401), 'signed_out'],
  ['a proxy asks for a password', page(401), 'retry'],
  ['our 400', problem(400), 'stop'],
  ['our 403', problem(403), 'stop'],
  ['our 404', problem(404), 'stop'],
  ['our 410', problem(410), 'stop'],
  ['a proxy has no such page', page(404), 'retry'],
  ['a firewall forbids', page(403), 'retry'],
  ['a proxy wants to be paid', page(407), 'retry'],
  ['a problem document of somebody else', problem(400, { type: 'https://example.org/x' }), 'retry'],
  ['a problem document without a code', problem(400, { code: undefined }), 'retry'],
  ['a problem document under another status', problem(403, { status: 500 }), 'retry'],
  ['our problem, sent as plain JSON', { ...problem(400), contentType: 'application/json' }, 'retry'],
  ['our 408', problem(408), 'retry'],
  ['our 425', problem(425), 'retry'],
  ['our 429', problem(429), 'retry'],
  ['our 500', problem(500), 'retry'],
  ['our 503', problem(503), 'retry'],
  ['a gateway without our server', page(502), 'retry'],
  ['our 413', problem(413), 'too_large'],
  ['a proxy that takes no large bodies', page(413), 'too_large'],
  ['a redirect that was not followed', page(302), 'retry'],
]

describe('an answer', () => {
  for (const [name, raw, kind] of table) {
    test(`${name}: ${kind}`, () => {
      const whole = { contentType: 'application/json', retryAfter: null, body: '', status: 200, ...raw }
      assert.equal(judge(whole, NOW, isOurs).kind, kind)
    })
  }

  test('that is empty by contract is good', () => {
    const raw = { status: 204, contentType: null, retryAfter: null, body: '' }
    assert.deepEqual(judge(raw, NOW, (body) => body === null), { kind: 'ok', body: null })
  })

  test('of ours carries its problem document', () => {
    const raw = { contentType: null, body: '', retryAfter: '7', ...problem(429, { code: 'too_many_requests' }) } as RawAnswer
    const answer = judge(raw, NOW, isOurs)
    assert.ok(answer.kind === 'retry')
    assert.equal(answer.document?.code, 'too_many_requests')
    assert.equal(answer.after, 7_000)
  })
})

describe('Retry-After', () => {
  const cases: [string | null, number][] = [
    [null, 0],
    ['120', 120_000],
    ['Sat, 21 Nov 2026 16:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 15:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    ['999999', 3_600_000],
  ]
  for (const [header, wait] of cases) {
    test(`${header} is ${wait} ms`, () => assert.equal(retryAfter(header, NOW), wait))
  }
})
