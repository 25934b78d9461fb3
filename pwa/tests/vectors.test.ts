/** The vectors that the server's core is checked with as well (tests/unit/test_sync_core.py). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { batches, halve } from '../src/sync/core/batch.ts'
import { canonical, hash } from '../src/sync/core/canonical.ts'
import { digests } from '../src/sync/core/digest.ts'
import { type Policy, mergeField } from '../src/sync/core/merge.ts'
import {
  type QueueEvent,
  type QueueState,
  type Queued,
  advance,
  handedOverIds,
  lastUnsettled,
  replacedBy,
  replacedIds,
  settle,
} from '../src/sync/core/queue.ts'
import { receive, type Copy, type Received } from '../src/sync/core/receive.ts'
import { type ServerRow, replay } from '../src/sync/core/replay.ts'
import type { Change, Json, Mutation, MutationResult, OutcomeStatus } from '../src/sync/core/wire.ts'
import { mutation, queued as line, result as verdict } from './fixtures.ts'

type Named = { name: string }

function vectors<Sections>(name: string): Sections {
  const path = new URL(`../../tests/vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as Sections
}

const ids = (mutations: Mutation[]) => mutations.map(({ id }) => id)

const sha256 = (bytes: Uint8Array<ArrayBuffer>) => crypto.subtle.digest('SHA-256', bytes)
const plain = (one: Queued | null) => one && { state: one.state, mutation: one.mutation, result: one.result }

describe('canonical JSON', () => {
  type Vector = Named & { value: unknown; canonical: string; sha256: string }
  for (const vector of vectors<Vector[]>('canonical')) {
    test(vector.name, async () => {
      assert.equal(canonical(vector.value), vector.canonical)
      assert.equal(await hash(vector.value, sha256), vector.sha256)
    })
  }
})

describe('merge vectors', () => {
  type Vector = Named & { policy: Policy; base: Json; current: Json; mine: Json; value: Json; merged: boolean; conflict: boolean }
  for (const { name, policy, base, current, mine, ...expected } of vectors<Vector[]>('merge')) {
    test(name, () => assert.deepEqual(mergeField(policy, base, current, mine), expected))
  }

  test('a list whose base is unknown loses nothing', () => {
    assert.deepEqual(mergeField('set_union', undefined, ['cost'], ['fear']).value, ['cost', 'fear'])
  })
})

describe('digest vectors', () => {
  type Vector = Named & { rows: [string, string, number][]; count: number; xor64: string }
  for (const { name, rows, ...expected } of vectors<Vector[]>('digest')) {
    test(name, async () => {
      const held = rows.map(([entity, id, version]) => ({ entity, id, version, scopes: ['member:a'] }))
      const own = await digests(held, new Map(), sha256)
      assert.deepEqual(own.get('member:a') ?? { count: 0, xor64: '0'.repeat(16) }, expected)
    })
  }
})

/** A mutation of which only this is told; the rest does not matter. */
type Line = Pick<Mutation, 'id' | 'no' | 'entity_id' | 'op' | 'replaces'> & { state: QueueState }

const filled = (lines: Line[]): Queued[] => lines.map(({ state, ...told }) => line(state, mutation(told.no, told)))

type QueueVectors = {
  transitions: { state: QueueState; event: { what: QueueEvent['what']; status?: OutcomeStatus }; after: QueueState | null }[]
  last_open: (Named & { queue: Line[]; entity_id: string; last: string | null })[]
  hidden: (Named & { queue: Line[]; hidden: string[]; handed_over: string[] })[]
  settle: (Named & {
    queue: Line[]
    what: 'answered' | 'outcome'
    verdicts: { id: string; status: OutcomeStatus }[]
    after: Record<string, QueueState>
  })[]
  advance: (Named & { queued: Queued; event: QueueEvent['what']; result: MutationResult; next: Queued | null })[]
  replaced: (Named & { queue: Queued[]; of: string; replaced_ids: string[]; replaced_by: string[] })[]
  last_unsettled: (Named & { queue: Queued[]; entity_id: string; last: string | null })[]
  batches: (Named & { queue: Mutation[]; most: number; bytes: number; batches: string[][] })[]
  halves: (Named & { batch: Mutation[]; halves: [string[], string[]] | null })[]
}

describe('queue vectors', () => {
  const all = vectors<QueueVectors>('queue')
  for (const { name, queued, event, result, next } of all.advance) {
    test(name, () => assert.deepEqual(plain(advance(queued, { what: event, result } as QueueEvent)), next))
  }
  for (const { state, event, after } of all.transitions) {
    test(`${state}, ${event.what} ${event.status ?? ''}: ${after ?? 'out'}`, () => {
      const given = { what: event.what, result: verdict('m1', { status: event.status ?? 'applied' }) } as QueueEvent
      assert.equal(advance(line(state, mutation(1)), given)?.state ?? null, after)
    })
  }
  for (const { name, queue, entity_id: record, last } of all.last_open) {
    test(name, () => assert.equal(lastUnsettled(filled(queue), record)?.id ?? null, last))
  }
  for (const { name, queue, hidden, handed_over } of all.hidden) {
    test(name, () => {
      assert.deepEqual([...replacedIds(filled(queue))].sort(), hidden)
      assert.deepEqual([...handedOverIds(filled(queue))].sort(), handed_over)
    })
  }
  for (const { name, queue, what, verdicts, after } of all.settle) {
    test(name, () => {
      const results = verdicts.map(({ id, status }) => verdict(id, { status }))
      const { changed, gone } = settle(filled(queue), { what, results, epoch: 'e' })
      const states = new Map(queue.map(({ id, state }) => [id, state]))
      for (const { mutation: { id }, state } of changed) states.set(id, state)
      for (const id of gone) states.delete(id)
      assert.deepEqual(Object.fromEntries(states), after)
    })
  }
  for (const vector of all.replaced) {
    test(vector.name, () => {
      const { mutation } = vector.queue.find(({ mutation: { id } }) => id === vector.of)!
      assert.deepEqual([...replacedIds(vector.queue)].sort(), vector.replaced_ids)
      assert.deepEqual(replacedBy(mutation, vector.queue), vector.replaced_by)
    })
  }
  for (const { name, queue, entity_id: record, last } of all.last_unsettled) {
    test(name, () => assert.equal(lastUnsettled(queue, record)?.id ?? null, last))
  }
  for (const { name, queue, most, bytes, batches: cut } of all.batches) {
    test(`batches: ${name}`, () => assert.deepEqual(batches(queue, most, bytes).map(ids), cut))
  }
  for (const { name, batch, halves } of all.halves) {
    test(`batches: ${name}`, () => assert.deepEqual(halve(batch)?.map(ids) ?? null, halves))
  }
})

type ReplayVectors = {
  replay: (Named & { rows: ServerRow[]; queue: Queued[]; view: unknown[] })[]
  receive: (Named & { copy: Copy | null; change: Change; received: Received | null })[]
}

describe('replay vectors', () => {
  const all = vectors<ReplayVectors>('replay')
  for (const { name, rows, queue, view } of all.replay) {
    test(name, () => assert.deepEqual([...replay(rows, queue).values()], view))
  }
  for (const { name, copy, change, received } of all.receive) {
    test(name, () => assert.deepEqual(receive(copy ?? undefined, change), received))
  }
})
