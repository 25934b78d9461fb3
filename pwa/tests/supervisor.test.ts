/** The pure parts of the supervisor's screens: the list that others fill meanwhile, months, and where bars stand. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Bar, columns, columnsFit, rows, wrap } from '../src/reports/layout.ts'
import { spans } from '../src/reports/months.ts'
import { insert, join } from '../src/review/merge.ts'
import type { ContactLine, ContactPage } from '../src/review/wire.ts'

const line = (id: string, minute: number, version = 1): ContactLine =>
  ({ id, version, received_at: `2026-11-21T10:${String(minute).padStart(2, '0')}:00Z` }) as ContactLine
const page = (contacts: ContactLine[], next: string | null = null): ContactPage => ({ contacts, next, total: contacts.length })
const ids = (contacts: ContactLine[]) => contacts.map(({ id }) => id).join('')

describe('the list of what came in', () => {
  test('what came in waits, and nothing on the screen moves', () => {
    const joined = join([line('b', 2), line('a', 1)], page([line('c', 3), line('b', 2), line('a', 1)]))
    assert.equal(ids(joined.shown), 'ba')
    assert.equal(ids(joined.fresh), 'c')
    assert.equal(joined.gap, false)
  })

  test('a changed contact is renewed in its place', () => {
    const joined = join([line('b', 2), line('a', 1)], page([line('b', 2), line('a', 1, 2)]))
    assert.deepEqual(
      joined.shown.map(({ version }) => version),
      [1, 2],
    )
  })

  test('a deleted contact goes; what lies beyond the page stays', () => {
    const shown = [line('d', 4), line('c', 3), line('b', 2), line('a', 1)]
    assert.equal(ids(join(shown, page([line('d', 4), line('b', 2)], 'next')).shown), 'dba')
    assert.equal(ids(join(shown, page([line('d', 4), line('b', 2)])).shown), 'db')
  })

  test('more came in than a page holds: the list starts anew', () => {
    assert.equal(join([line('a', 1)], page([line('z', 9), line('y', 8)], 'next')).gap, true)
    assert.equal(join([], page([line('z', 9)], 'next')).gap, false)
  })

  test('new ones stand by arrival, each once', () => {
    assert.equal(ids(insert([line('c', 3), line('a', 1)], [line('d', 4), line('b', 2), line('c', 3)])), 'dcba')
  })
})

describe('months of a chart', () => {
  const told = (counts: Record<string, number>) =>
    spans(Object.entries(counts).map(([month, count]) => ({ month, count }))).map((span) =>
      span.kind === 'gap' ? `${span.from}…${span.to}` : `${span.month}=${span.count}${span.withYear ? '!' : ''}`,
    )

  test('the year stands under the first month and each January', () => {
    assert.deepEqual(told({ '2015-11': 1, '2015-12': 2, '2016-01': 3 }), ['2015-11=1!', '2015-12=2', '2016-01=3!'])
  })

  test('a few empty months are shown as such, also where the answer leaves them out', () => {
    assert.deepEqual(told({ '2016-02': 1, '2016-05': 2 }), ['2016-02=1!', '2016-03=0', '2016-04=0', '2016-05=2'])
  })

  test('many empty months are one gap, and the year is said again', () => {
    assert.deepEqual(told({ '2016-06': 1, '2016-07': 0, '2026-11': 2 }), ['2016-06=1!', '2016-07…2026-10', '2026-11=2!'])
  })
})

describe('where bars stand', () => {
  const bar = (label: string, value: number): Bar => ({ key: label, label, value, kind: 'answer' })
  const measure = (text: string) => text.length * 8

  test('a label is broken between words, never within one', () => {
    assert.deepEqual(wrap('afspraak maken of verzetten', 120, measure), ['afspraak maken', 'of verzetten'])
    assert.deepEqual(wrap('werkloosheidsuitkering', 40, measure), ['werkloosheidsuitkering'])
  })

  test('the longest bar fills the room, the others are in proportion, one of few is still seen', () => {
    const drawn = rows([bar('a', 1000), bar('b', 500), bar('c', 1), bar('d', 0)], 600, 15, 1000, String, measure).bars
    const widths = drawn.map(({ box }) => box.width)
    assert.equal(widths[1], widths[0]! / 2)
    assert.equal(widths[2], 2)
    assert.equal(widths[3], 0)
    assert.ok(drawn[0]!.box.x + drawn[0]!.box.width < 600 - measure('1000'))
  })

  test('no bar lies over another, also with labels of two lines', () => {
    for (const width of [280, 600]) {
      const bars = [bar('een heel lang onderwerp met veel woorden', 3), bar('kort', 2), bar('nog een lang onderwerp', 1)]
      const drawn = rows(bars, width, 15, 3, String, measure)
      drawn.bars.slice(1).forEach(({ box, labels }, index) => {
        const above = drawn.bars[index]!.box
        assert.ok(Math.min(box.y, labels[0]!.y - 15) >= above.y + above.height - 15 * 0.5)
      })
      assert.ok(drawn.height >= drawn.bars.at(-1)!.box.y + drawn.bars.at(-1)!.box.height)
    }
  })

  test('columns stand on one line and need room for their words', () => {
    const drawn = columns([bar('dec', 97), bar('jan', 142)], 300, 15, 142, String)
    assert.ok(drawn.bars.every(({ box }) => Math.abs(box.y + box.height - drawn.base!) < 0.001))
    assert.equal(columnsFit([bar('dec', 97), bar('jan', 142)], 300, 15, measure), true)
    assert.equal(columnsFit(Array.from({ length: 24 }, () => bar('jan', 142)), 300, 15, measure), false)
  })
})
