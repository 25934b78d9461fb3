/** The rules of the pure core, one test a rule. Run: node --test "tests/**\/*.test.ts" (in pwa/). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LONGEST_WAIT, backoff } from '../src/sync/core/backoff.ts'
import { batches, halve } from '../src/sync/core/batch.ts'
import { canonical } from '../src/sync/core/canonical.ts'
import { differing, digests } from '../src/sync/core/digest.ts'
import { uuid4, uuid7 } from '../src/sync/core/ids.ts'
import { advance, replacedBy } from '../src/sync/core/queue.ts'
import { receive, withoutScopes } from '../src/sync/core/receive.ts'
import { instant, localDay } from '../src/sync/core/time.ts'
import { change, mutation, queued, result } from './fixtures.ts'

describe('canonical JSON', () => {
  test('keys are compared by UTF-16 code units', () => {
    assert.equal(canonical({ '\uFFFD': 1, '😀': 2 }), '{"😀":2,"\uFFFD":1}')
  })

  test('a member without a value is left out, as on the wire', () => {
    assert.equal(canonical({ group: undefined, id: 'a' }), '{"id":"a"}')
  })

  test('minus zero is zero', () => assert.equal(canonical(-0), '0'))

  for (const value of [1.5, NaN, Infinity, 2 ** 53, undefined, () => 1, [undefined]]) {
    test(`${String(value)} has no canonical form`, () => assert.throws(() => canonical(value), TypeError))
  }
})

describe('ids', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => index * 17)

  test('a UUID 4 carries version and variant', () => {
    assert.equal(uuid4(bytes), '00112233-4455-4677-8899-aabbccddeeff')
  })

  test('a UUID 7 begins with the time', () => {
    assert.equal(uuid7(0x0123456789ab, bytes), '01234567-89ab-7677-8899-aabbccddeeff')
  })

  test('UUID 7 are ordered by time', () => {
    const times = [1, 255, 256, 1_700_000_000_000, 1_700_000_000_001]
    const ids = times.map((time) => uuid7(time, bytes))
    assert.deepEqual([...ids].sort(), ids)
  })

  test('the bytes handed in stay as they are', () => {
    const before = bytes.slice()
    uuid7(1, bytes)
    assert.deepEqual(bytes, before)
  })
})

describe('times', () => {
  test('an instant keeps its moment and names the offset', () => {
    const date = new Date('2026-11-21T15:40:00Z')
    assert.match(instant(date), /^2026-11-2\dT\d\d:\d\d:00[+-]\d\d:\d\d$/)
    assert.equal(Date.parse(instant(date)), date.getTime())
  })

  test('a day is that of the device', () => {
    assert.equal(localDay(new Date(2026, 0, 5, 23, 59)), '2026-01-05')
  })
})

describe('pauses between tries', () => {
  test('grow, and jitter over their whole length', () => {
    assert.equal(backoff(1, 0), 0)
    assert.equal(backoff(1, 0.5), 1_000)
    assert.equal(backoff(3, 0.5), 4_000)
  })

  test('never exceed five minutes', () => assert.ok(backoff(500, 0.999999) <= LONGEST_WAIT))

  test('are never shorter than what the server asked for', () => {
    assert.equal(backoff(1, 0, 30_000), 30_000)
    assert.ok(backoff(1, 0.5, 30_000) > 30_000)
  })
})

describe('the life of a mutation', () => {
  test('a refused one keeps its payload and the reason', () => {
    const reason = { code: 'unknown_code', field: 'setting', message_key: null }
    const one = queued('sent', mutation(1, { set: { setting: 'moon' } }))
    const next = advance(one, { what: 'answered', result: result('m1', { status: 'rejected', error: reason }) })
    assert.deepEqual(next?.mutation, one.mutation)
    assert.deepEqual(next?.result?.error, reason)
  })

  test('a copy knows the epoch of its position, and forgets both when the server was restored', () => {
    const copy = advance(queued('sent', mutation(1)), { what: 'answered', result: result('m1', { seq: 7 }), epoch: 'e' })!
    assert.deepEqual([copy.epoch, copy.result?.seq], ['e', 7])
    const again = advance(copy, { what: 'restored' })
    assert.deepEqual([again?.state, again?.result, again?.epoch], ['sent', null, null])
  })

  test('what was replaced goes with its replacement, the whole chain', () => {
    const queue = [
      queued('look', mutation(1)),
      queued('look', mutation(2, { replaces: 'm1' })),
      queued('sent', mutation(3, { replaces: 'm2' })),
    ]
    assert.deepEqual(replacedBy(queue[2]!.mutation, queue), ['m2', 'm1'])
    assert.deepEqual(replacedBy(queue[0]!.mutation, queue), [])
  })
})

describe('batches', () => {
  const group = (name: string, from: number, count: number) =>
    Array.from({ length: count }, (_, index) => mutation(from + index, { group: name }))
  const sizes = (parts: { length: number }[]) => parts.map(({ length }) => length)

  test('hold at most a hundred', () => {
    const many = Array.from({ length: 250 }, (_, index) => mutation(index))
    assert.deepEqual(sizes(batches(many)), [100, 100, 50])
  })

  test('never cut a group', () => {
    const queue = [...Array.from({ length: 98 }, (_, index) => mutation(index)), ...group('g', 98, 5)]
    assert.deepEqual(sizes(batches(queue)), [98, 5])
  })

  test('keep the order', () => {
    const queue = [...group('a', 0, 3), mutation(3), ...group('b', 4, 3)]
    assert.deepEqual(batches(queue, 4).flat(), queue)
  })

  test('stay under the limit of bytes, measured in UTF-8', () => {
    const long = (no: number) => mutation(no, { set: { text: 'ع'.repeat(400) } })
    assert.deepEqual(sizes(batches([long(1), long(2), long(3)], 100, 2_200)), [2, 1])
  })

  test('a group over the limit goes alone', () => {
    assert.deepEqual(sizes(batches([mutation(1), ...group('g', 2, 5), mutation(9)], 3)), [1, 5, 1])
  })

  test('nothing makes no batch', () => assert.deepEqual(batches([]), []))

  test('are halved between groups', () => {
    const batch = [...group('a', 0, 2), ...group('b', 2, 2), mutation(4)]
    assert.deepEqual(sizes(halve(batch)!), [4, 1])
  })

  test('one group cannot be halved', () => {
    assert.equal(halve(group('a', 0, 5)), null)
    assert.equal(halve([mutation(1)]), null)
  })
})

describe('the digest of what the device holds', () => {
  const sha256 = (bytes: Uint8Array<ArrayBuffer>) => crypto.subtle.digest('SHA-256', bytes)
  const row = (id: string, version: number, ...scopes: string[]) => ({ entity: 'contact', id, version, scopes })

  test('counts a row in each of its scopes', async () => {
    const own = await digests([row('c1', 1, 'member:a', 'org:o'), row('c2', 1, 'member:a')], new Map(), sha256)
    assert.deepEqual([own.get('member:a')!.count, own.get('org:o')!.count], [2, 1])
  })

  test('hashes only what is new, and forgets what is gone', async () => {
    const marks = new Map<string, bigint>()
    let hashed = 0
    const counting = (bytes: Uint8Array<ArrayBuffer>) => ((hashed += 1), sha256(bytes))
    const first = await digests([row('c1', 1, 'member:a'), row('c2', 1, 'member:a')], marks, counting)
    const second = await digests([row('c1', 1, 'member:a'), row('c2', 2, 'member:a')], marks, counting)
    assert.deepEqual([hashed, marks.size], [3, 2])
    assert.notDeepEqual(first.get('member:a'), second.get('member:a'))
  })

  test('differs in a scope by a row too few, too many or too old; a scope that the server does not name is lost', async () => {
    const [held, none] = [await digests([row('c1', 1, 'member:a', 'team:t')], new Map(), sha256), { count: 0, xor64: '0'.repeat(16) }]
    const server = { 'member:a': held.get('member:a')!, 'org:o': none }
    assert.deepEqual(differing(held, server), { wrong: [], lost: ['team:t'] })
    assert.deepEqual(differing(held, { 'member:a': none }).wrong, ['member:a'])
    assert.deepEqual(differing(new Map(), server).wrong, ['member:a'])
    const older = await digests([row('c1', 2, 'member:a')], new Map(), sha256)
    assert.deepEqual(differing(held, { 'member:a': older.get('member:a')! }).wrong, ['member:a'])
  })

  test('without its lost scopes a row may be left with none', () => {
    assert.deepEqual(withoutScopes(['member:a', 'team:t'], new Set(['team:t'])), ['member:a'])
    assert.deepEqual(withoutScopes(['team:t'], new Set(['team:t'])), [])
  })
})

describe('receiving the feed', () => {
  const copy = { scopes: ['member:a'], version: 3 }

  test('a new row comes with its scope', () => {
    assert.deepEqual(receive(undefined, change({ version: 3 })), { ...copy, replace: true })
  })

  test('a newer version replaces', () => assert.equal(receive(copy, change({ version: 4 }))?.version, 4))

  test('an older version never replaces, but its scope counts', () => {
    const next = receive(copy, change({ scope: 'org:o', version: 2 }))
    assert.deepEqual(next, { scopes: ['member:a', 'org:o'], version: 3, replace: false })
  })

  test('the same row by a second scope is one row with two scopes', () => {
    assert.deepEqual(receive(copy, change({ scope: 'org:o', version: 3 }))?.scopes, ['member:a', 'org:o'])
    assert.deepEqual(receive(copy, change({ version: 3 }))?.scopes, ['member:a'])
  })

  test('a remove takes one scope away, the row goes with the last', () => {
    const both = { scopes: ['member:a', 'org:o'], version: 3 }
    const gone = change({ kind: 'remove', reason: 'scope', data: null })
    assert.deepEqual(receive(both, gone), { scopes: ['org:o'], version: 3, replace: false })
    assert.equal(receive(copy, gone), null)
    assert.equal(receive(undefined, gone), null)
  })

  test('a remove of a scope the row is not in changes nothing', () => {
    const next = receive(copy, change({ kind: 'remove', reason: 'window', scope: 'team:t', data: null }))
    assert.deepEqual(next, { ...copy, replace: false })
  })

  test('a purge takes all scopes at once', () => {
    const both = { scopes: ['member:a', 'org:o'], version: 3 }
    assert.equal(receive(both, change({ kind: 'remove', reason: 'purged', data: null })), null)
  })
})
