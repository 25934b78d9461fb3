/** Two people at what newcomers are told: only the same change of both is a choice, and nothing goes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { merge, withPart } from '../src/public/merge.ts'
import type { Facts, Place } from '../src/public/wire.ts'

const place = (id: string, name = id): Place => ({ id, name, address: '', way: [], hours: [], languages: [], phone: '' })
const facts = (more: Partial<Facts> = {}): Facts => ({
  name: 'Stad',
  address: '',
  email: '',
  phone: '',
  privacy: '',
  places: [place('a'), place('b')],
  cards_off: [],
  own_cards: [],
  ...more,
})
const names = ({ places }: Facts) => places.map(({ name }) => name).join(' ')

describe('what two people changed', () => {
  test('is taken from both where they changed different things', () => {
    const mine = facts({ email: 'mine', places: [place('a', 'A'), place('b'), place('new')] })
    const theirs = facts({ phone: 'theirs', places: [place('a'), place('b', 'B'), place('other')], cards_off: ['form'] })
    const merged = merge(facts(), mine, theirs)
    assert.deepEqual(merged.conflicts, [])
    assert.deepEqual([...merged.taken].sort(), ['off/form', 'phone', 'place/b', 'place/other'])
    assert.deepEqual([merged.facts.email, merged.facts.phone, merged.facts.cards_off], ['mine', 'theirs', ['form']])
    assert.equal(names(merged.facts), 'A B other new')
  })

  test('is a choice where both changed the same, with one’s own in its place until then', () => {
    const merged = merge(facts(), facts({ name: 'Mine' }), facts({ name: 'Theirs' }))
    assert.deepEqual(merged.conflicts, [{ key: 'name', mine: 'Mine', theirs: 'Theirs' }])
    assert.equal(merged.facts.name, 'Mine')
    assert.equal(withPart(merged.facts, 'name', 'Theirs').name, 'Theirs')
  })

  test('is no choice where both wrote the same', () => {
    assert.deepEqual(merge(facts(), facts({ name: 'Same' }), facts({ name: 'Same' })).conflicts, [])
  })

  test('keeps a place that one took out and the other wrote at, until somebody chooses', () => {
    const without = facts({ places: [place('b')] })
    const written = facts({ places: [place('a', 'A'), place('b')] })
    const [kept, gone] = [merge(facts(), written, without), merge(facts(), without, written)]
    assert.equal(names(kept.facts), 'b A')
    assert.deepEqual(kept.conflicts, [{ key: 'place/a', mine: place('a', 'A'), theirs: undefined }])
    assert.equal(names(gone.facts), 'b')
    assert.equal(names(withPart(gone.facts, 'place/a', gone.conflicts[0]!.theirs)), 'b A')
  })

  test('leaves the places in the order of who moved them', () => {
    const moved = facts({ places: [place('b'), place('a')] })
    assert.equal(names(merge(facts(), moved, facts({ email: 'theirs' })).facts), 'b a')
    assert.equal(names(merge(facts(), facts({ email: 'mine' }), moved).facts), 'b a')
  })
})
