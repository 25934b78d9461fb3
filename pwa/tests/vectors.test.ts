/** The vectors that the server's core is checked with as well (tests/unit/test_sync_core.py). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { batches, halve } from '../src/sync/core/batch.ts'
import { type QueueEvent, type Queued, advance, lastUnsettled, replacedBy, replacedIds } from '../src/sync/core/queue.ts'
import { receive, type Copy, type Received } from '../src/sync/core/receive.ts'
import { type ServerRow, replay } from '../src/sync/core/replay.ts'
import type { Change, Mutation, MutationResult } from '../src/sync/core/wire.ts'

type Named = { name: string }

function vectors<Sections>(name: string): Sections {
  const path = new URL(`../../tests/vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as Sections
}

const ids = (mutations: Mutation[]) => mutations.map(({ id }) => id)

type QueueVectors = {
  advance: (Named & { queued: Queued; event: QueueEvent['what']; result: MutationResult; next: Queued | null })[]
  replaced: (Named & { queue: Queued[]; of: string; replaced_ids: string[]; replaced_by: string[] })[]
  last_unsettled: (Named & { queue: Queued[]; entity_id: string; last: string | null })[]
  batches: (Named & { queue: Mutation[]; most: number; bytes: number; batches: string[][] })[]
  halves: (Named & { batch: Mutation[]; halves: [string[], string[]] | null })[]
}

describe('queue vectors', () => {
  const all = vectors<QueueVectors>('queue')
  for (const { name, queued, event, result, next } of all.advance) {
    test(name, () => assert.deepEqual(advance(queued, event === 'answered' ? { what: event, result } : { what: event }), next))
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
