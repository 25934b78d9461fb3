/** From an act of the worker to mutations, and from rows and mutations back to what the screen shows. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Unnumbered, buildAct, buildAdd, buildAnswers, buildChange, buildChoice, buildReplacement, buildSave, wellFormed } from '../src/sync/core/build.ts'
import type { Queued, QueueState } from '../src/sync/core/queue.ts'
import { replay } from '../src/sync/core/replay.ts'
import { summarise } from '../src/sync/core/summary.ts'
import { contactViews } from '../src/sync/core/view.ts'
import type { Fields } from '../src/sync/core/wire.ts'
import { entry, mutation, queued, request, result, row, stamp } from './fixtures.ts'

const shown = (rows: ReturnType<typeof row>[], queue: Queued[]) => contactViews(replay(rows, queue).values())
const numbered = (drafts: Unnumbered[], state: QueueState = 'here', from = 1): Queued[] =>
  drafts.map((draft, index) => queued(state, { ...draft, no: from + index }))

describe('a save', () => {
  test('is one group: the contact first, then its questions and notes', () => {
    const log = entry('c1', [request('r1'), request('r2')], [{ id: 'n1', help_request_id: 'r2', text: 'call back' }])
    const made = buildSave(log, stamp())
    assert.deepEqual(made.map(({ entity, entity_id }) => [entity, entity_id]), [
      ['contact', 'c1'],
      ['help_request', 'r1'],
      ['help_request', 'r2'],
      ['note', 'n1'],
    ])
    assert.equal(new Set(made.map(({ group }) => group)).size, 1)
    assert.ok(made.every(({ op, depends_on }) => op === 'create' && depends_on.length === 0))
    assert.deepEqual(made.slice(1).map(({ set }) => set['contact_id']), ['c1', 'c1', 'c1'])
    assert.deepEqual(made.map(({ set }) => set['position']), [undefined, 0, 1, undefined])
    assert.equal(made[1]!.set['theme'], 'HOU')
  })

  test('of a contact alone needs no group', () => assert.equal(buildSave(entry('c1'), stamp())[0]!.group, undefined))

  test('leaves out questions without a subtheme and empty notes', () => {
    const notes = [
      { id: 'n1', help_request_id: null, text: '  ' },
      { id: 'n2', help_request_id: 'r1', text: 'about nothing chosen' },
    ]
    const made = buildSave(entry('c1', [request('r1', null), request('r2')], notes), stamp())
    assert.deepEqual(made.map(({ entity_id }) => entity_id), ['c1', 'r2', 'n2'])
    assert.equal(made[1]!.set['position'], 0)
    assert.equal(made[2]!.set['help_request_id'], null)
  })

  test('that is longer than a group waits for its contact in the later groups', () => {
    const many = Array.from({ length: 30 }, (_, index) => request(`r${index}`))
    const made = buildSave(entry('c1', many), stamp())
    const names = [...new Set(made.map(({ group }) => group))]
    const sizes = names.map((name) => made.filter(({ group }) => group === name).length)
    assert.deepEqual(sizes, [20, 11])
    assert.ok(made.slice(20).every(({ depends_on }) => depends_on[0] === made[0]!.id))
    assert.ok(made.slice(0, 20).every(({ depends_on }) => depends_on.length === 0))
  })
})

describe('text', () => {
  test('that was cut inside an emoji is mended, and everything else stays', () => {
    const fields = { text: 'ok 😀 \uD83D', other: '\uDE00 é', list: ['a'], none: null, heavy: true }
    assert.deepEqual(wellFormed(fields), { ...fields, text: 'ok 😀 \uFFFD', other: '\uFFFD é' })
  })
})

describe('a change', () => {
  const view = replay([row('c1', 4, { setting: 'street', language: null })], [])

  test('carries only what changes, with what the author saw', () => {
    const [made] = buildChange(view.get('c1')!, { setting: 'phone', language: null }, [], stamp())
    assert.deepEqual([made!.op, made!.set, made!.base], ['update', { setting: 'phone' }, { setting: 'street' }])
    assert.equal(made!.base_version, 4)
  })

  test('of nothing is no mutation', () => {
    assert.deepEqual(buildChange(view.get('c1')!, { setting: 'street' }, [], stamp()), [])
  })

  test('before the create was sent is a further mutation that depends on it', () => {
    const queue = numbered(buildSave(entry('c1'), stamp()))
    const [made] = buildChange(replay([], queue).get('c1')!, { setting: 'phone' }, queue, stamp())
    assert.deepEqual(made!.depends_on, [queue[0]!.mutation.id])
    assert.deepEqual(made!.base, { setting: 'street' })
    assert.equal(made!.base_version, undefined)
  })

  test('a removal waits for what the device did before', () => {
    const queue = [queued('sent', mutation(7))]
    assert.deepEqual(buildAct(view.get('c1')!, 'delete', queue, stamp())[0]!.depends_on, ['m7'])
  })

  test('a question added later waits for its contact only while that is unsettled', () => {
    const created = numbered(buildSave(entry('c1'), stamp()))
    const add = (queue: Queued[]) => buildAdd('c1', { requests: [request('r9')] }, 2, queue, stamp())[0]!
    assert.deepEqual(add(created).depends_on, ['m1'])
    assert.equal(add(created).set['position'], 2)
    assert.deepEqual(add([{ ...created[0]!, state: 'kept' }]).depends_on, [])
  })
})

describe('an answer to a refusal', () => {
  const refuse = (queue: Queued[], code: string): Queued[] =>
    queue.map((one) => ({
      ...one,
      state: 'look',
      result: result(one.mutation.id, { status: 'rejected', error: { code, field: null, message_key: null } }),
    }))
  const refused = refuse(numbered(buildSave(entry('c1', [request('r1')]), stamp())), 'group_refused')

  test('hands the whole group in anew, each naming what it replaces', () => {
    const made = buildReplacement('c1', { setting: 'phone' }, refused, { ...stamp(), id: ((n) => () => `x${++n}`)(0) })
    assert.deepEqual(made.map(({ replaces }) => replaces), refused.map(({ mutation }) => mutation.id))
    assert.deepEqual(made.map(({ set }) => set['setting']), ['phone', undefined])
    assert.equal(made[0]!.op, 'create')
    assert.ok(made[0]!.group && made[0]!.group === made[1]!.group && made[0]!.group !== refused[0]!.mutation.group)
  })

  test('takes the corrected field into every refused mutation that set it', () => {
    const later = refuse([queued('look', mutation(9, { set: { setting: 'moon' }, base: { setting: 'street' } }))], 'not_yours')
    const made = buildReplacement('c1', { setting: 'phone', heavy: true }, [...refused, ...later], stamp())
    assert.deepEqual(made.map(({ set }) => [set['setting'], set['heavy']]), [
      ['phone', true],
      [undefined, undefined],
      ['phone', undefined],
    ])
  })

  test('is nothing where nothing was refused', () => assert.deepEqual(buildReplacement('c2', {}, refused, stamp()), []))

  test('shows the replacement, not what it replaces', () => {
    const made = numbered(buildReplacement('c1', { setting: 'phone' }, refused, { ...stamp(), id: ((n) => () => `x${++n}`)(0) }), 'here', 50)
    const [contact] = shown([], [...refused, ...made])
    assert.deepEqual([contact!.state, contact!.setting, contact!.error], ['here', 'phone', undefined])
    assert.equal(summarise([...refused, ...made], replay([], [...refused, ...made])).look, 0)
  })
})

describe('replay', () => {
  const server = row('c1', 3, { setting: 'street', language: 'nl' })

  test('hides what is removed, shows it again when that is taken back', () => {
    const removed = queued('here', mutation(1, { op: 'delete' }))
    assert.deepEqual(shown([server], [removed]), [])
    assert.equal(shown([server], [removed, queued('here', mutation(2, { op: 'undelete' }))]).length, 1)
  })

  test('does not change the rows it was given', () => {
    const before = structuredClone(server)
    replay([server], [queued('here', mutation(1, { set: { setting: 'phone' } }))])
    assert.deepEqual(server, before)
  })
})

describe('answers to a refusal', () => {
  test('stand alone and name what they answer', () => {
    const made = buildAnswers('hand_over', [mutation(1), mutation(2, { entity: 'help_request', entity_id: 'r1' })], stamp())
    assert.deepEqual(made.map(({ op, entity, entity_id, replaces, group }) => [op, entity, entity_id, replaces, group]), [
      ['hand_over', 'contact', 'c1', 'm1', undefined],
      ['hand_over', 'help_request', 'r1', 'm2', undefined],
    ])
  })

  test('a choice between two versions comes after the choice before it', () => {
    const conflict = { entity: 'conflict' as const, id: 'k1', version: 2 }
    const first = buildChoice(conflict, 'mine', [], stamp())
    assert.deepEqual([first.op, first.entity, first.entity_id, first.set], ['resolve', 'conflict', 'k1', { choice: 'mine' }])
    const queue = [queued('sent', { ...first, no: 1 })]
    assert.deepEqual(buildChoice(conflict, 'theirs', queue, stamp()).depends_on, [first.id])
  })
})

describe('two versions', () => {
  const rows = [
    row('c1', 2, { setting: 'street' }),
    row('r1', 3, { contact_id: 'c1', outcome: 'waiting' }, 'help_request'),
    row('k1', 1, { entity: 'help_request', entity_id: 'r1', field: 'outcome', mine: 'solved', theirs: 'waiting', choice: null }, 'conflict'),
  ]

  test('ask the worker to look at the contact, and are counted once', () => {
    const [contact] = shown(rows, [])
    assert.equal(contact!.state, 'look')
    assert.deepEqual(contact!.conflicts.map(({ id, field }) => [id, field]), [['k1', 'outcome']])
    assert.equal(summarise([], replay(rows, [])).look, 1)
  })

  test('ask no more when somebody chose, here or elsewhere', () => {
    const choice = queued('here', mutation(1, { entity: 'conflict', entity_id: 'k1', op: 'resolve', set: { choice: 'mine' } }))
    const [contact] = shown(rows, [choice])
    assert.deepEqual([contact!.state, contact!.requests[0]!.outcome], ['here', 'solved'])
    const summary = summarise([choice], replay(rows, [choice]))
    assert.deepEqual([summary.look, summary.unsent], [0, 1])
  })

  test('of a contact that is not on this device ask nothing', () => {
    assert.equal(summarise([], replay([rows[2]!], [])).look, 0)
  })
})

describe('the view', () => {
  const of = (id: string, data: Fields) => ({ entity: 'contact' as const, id, version: 1, data })

  test('is newest first by instant, whatever the offset', () => {
    const rows = [
      of('a', { occurred_at: '2026-11-21T10:00:00+01:00' }),
      of('b', { occurred_at: '2026-11-21T09:30:00Z' }),
      of('c', { occurred_at: null, received_at: '2026-11-21T08:00:00Z' }),
    ]
    assert.deepEqual(shown(rows as never, []).map(({ id }) => id), ['b', 'a', 'c'])
  })

  test('gives fields that nobody answered as null', () => {
    const [contact] = shown([], numbered([{ ...mutation(1, { op: 'create' }) }]))
    assert.deepEqual([contact!.setting, contact!.heavy, contact!.requests], [null, false, []])
  })

  test('a contact takes the most telling state of its parts, and their reason', () => {
    const [c, r] = numbered(buildSave(entry('c1', [request('r1')]), stamp()), 'look') as [Queued, Queued]
    const because = (code: string) => result('', { status: 'rejected', error: { code, field: 'subtheme', message_key: null } })
    const [contact] = shown([], [
      { ...c, result: because('group_refused') },
      { ...r, result: because('unknown_code') },
    ])
    assert.deepEqual([contact!.state, contact!.error?.code, contact!.requests[0]!.error?.code], ['look', 'unknown_code', 'unknown_code'])
  })

  test('the summary counts contacts, not mutations', () => {
    const queue = [
      ...numbered(buildSave(entry('c1', [request('r1'), request('r2')]), stamp())),
      queued('sent', mutation(9, { entity_id: 'c2', occurred_at: '2026-11-20T09:00:00Z' })),
      queued('look', mutation(10, { entity_id: 'c3' })),
      queued('kept', mutation(11, { entity_id: 'c4' })),
    ]
    const summary = summarise(queue, replay([], queue))
    assert.deepEqual([summary.unsent, summary.look], [2, 1])
    assert.equal(summary.oldest?.toISOString(), '2026-11-20T09:00:00.000Z')
  })
})
