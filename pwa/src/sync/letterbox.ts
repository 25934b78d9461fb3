/**
 * The letterbox: every save a second time, signed by this device and sealed for the organisation. When the device cannot
 * sign in (its session ended, it was switched off, its person is not there to unlock it), what is unsent goes this way,
 * or in a rescue file. The server's ledger makes the two ways one: whichever comes first counts, the other is a duplicate.
 *
 * Nothing that locks, expires or revokes touches these rows. They go with their rows of the outbox.
 */
import type { IDBPTransaction } from 'idb'
import { ApiProblem } from '../api/client.ts'
import { type MembershipSchema, SCHEMA, type SealedSave, deviceDatabase, membershipDatabase } from '../store/databases.ts'
import type { MembershipStore } from '../store/membership.ts'
import { StoreProblem } from '../store/problem.ts'
import { groups } from './core/batch.ts'
import { type Sealer, envelopeHash, sealEnvelope, sign } from './core/envelope.ts'
import { type QueueState, isUnsettled } from './core/queue.ts'
import type { Mutation } from './core/wire.ts'
import { transport } from './transport.ts'

/** A receipt is not the last word: a server may lose what it had. Until the outbox knows, it is handed in once a day. */
const AGAIN = 86_400_000
const MOST = 100
/** Under the server's limit of 1 MiB, with room for the frame. */
const MOST_BYTES = 900_000

/** How many envelopes the server has given a receipt for, and how many wait; of what is not known to have arrived. */
export type Handed = { handedIn: number; waiting: number }

/** What the letterbox needs of a membership's store: no key. */
type Sealing = Pick<MembershipStore, 'id' | 'database'>

type LetterboxTransaction = Pick<IDBPTransaction<MembershipSchema, 'letterbox'[], 'readwrite'>, 'objectStore'>

/** Seal mutations, one envelope for each group. Throws StoreProblem, `unsupported` in a browser without X25519. */
export async function seal(membershipId: string, mutations: Mutation[]): Promise<SealedSave[]> {
  if (mutations.length === 0) return []
  const by = await sealer(membershipId)
  try {
    return await Promise.all(groups(mutations).map((group) => sealGroup(group, by)))
  } catch (error) {
    const lacking = error instanceof DOMException && error.name === 'NotSupportedError'
    throw lacking ? new StoreProblem('unsupported', 'X25519', error) : error
  }
}

async function sealGroup(group: Mutation[], by: Sealer): Promise<SealedSave> {
  const envelope = await sealEnvelope(group, by)
  const { mutations } = envelope.header
  return { id: mutations[0]!, mutations, envelope, hash: await envelopeHash(envelope), handedIn: null }
}

async function sealer(membershipId: string): Promise<Sealer> {
  const enrolment = await deviceDatabase.run((database) => database.get('enrolment', membershipId))
  const organisation = enrolment?.me.organisation.id
  const pinned = organisation && (await deviceDatabase.run((database) => database.get('organisation', organisation)))
  if (!pinned) throw new StoreProblem('broken', 'this browser is not enrolled')
  const { kid, public: publicKey } = pinned.keys.seal
  return { organisation: pinned.id, member: membershipId, device: enrolment.me.device_id, schema: SCHEMA, key: enrolment.key, kid, publicKey }
}

/**
 * Seal what is unsent and has no envelope of this device: saves of an app before there was a letterbox, or of a device
 * that was enrolled anew since. Throws StoreProblem.
 */
export async function fill(store: MembershipStore, unsettled: () => Promise<Mutation[]>): Promise<void> {
  const [rows, waiting] = await read(store)
  const { device } = await sealer(store.id)
  const sealed = new Set(rows.filter(({ envelope }) => envelope.header.device === device).flatMap((row) => row.mutations))
  if ([...waiting].every((id) => sealed.has(id))) return
  const missing = groups(await unsettled()).filter((group) => group.some(({ id }) => !sealed.has(id)))
  const saves = await seal(store.id, missing.flat())
  await store.database.write(['outbox', 'letterbox'], async (tx) => {
    for (const save of saves) {
      const kept = await Promise.all(save.mutations.map((id) => tx.objectStore('outbox').getKey(id)))
      if (kept.every(Boolean)) await tx.objectStore('letterbox').put(save)
    }
  })
}

/** Where the letterbox stands. Needs no key. */
export async function standing(store: MembershipStore): Promise<Handed> {
  const [rows, waiting] = await read(store)
  const open = rows.filter((row) => row.mutations.some((id) => waiting.has(id)))
  const handedIn = open.filter((row) => row.handedIn !== null).length
  return { handedIn, waiting: open.length - handedIn }
}

/** Hand in, without a session, what is not known to be on the server. Needs no key. Throws ApiProblem, StoreProblem. */
export async function handIn(store: Sealing, now: number): Promise<void> {
  const [rows, waiting] = await read(store)
  const isDue = (row: SealedSave): boolean => row.handedIn === null || row.handedIn < now - AGAIN || row.handedIn > now
  const due = rows.filter((row) => isDue(row) && row.mutations.some((id) => waiting.has(id)))
  const batches = cut(due)
  for (let batch = batches.shift(); batch; batch = batches.shift()) {
    try {
      await handInBatch(store, batch, now)
    } catch (error) {
      if (!(error instanceof ApiProblem && error.kind === 'too_large') || batch.length < 2) throw error
      const middle = Math.ceil(batch.length / 2)
      batches.unshift(batch.slice(0, middle), batch.slice(middle))
    }
  }
}

async function handInBatch(store: Sealing, batch: SealedSave[], now: number): Promise<void> {
  const { key, device } = await sealer(store.id)
  const leaving = await markSent(store, batch)
  if (leaving.length === 0) return
  const said = { device_id: device, client_time: new Date(now).toISOString(), envelopes: leaving.map((row) => row.envelope) }
  const { receipts } = await transport.letterbox({ ...said, signature: await sign(key, 'wegwijs/letterbox/1|', said) })
  const received = new Set(receipts.map(({ hash }) => hash))
  await store.database.write(['letterbox'], async (tx) => {
    const letterbox = tx.objectStore('letterbox')
    for (const { id, hash } of leaving.filter((row) => received.has(row.hash))) {
      const row = await letterbox.get(id)
      if (row?.hash === hash) await letterbox.put({ ...row, handedIn: now })
    }
  })
}

/**
 * Remember that these are about to be handed in, before they are: also without an answer they may have arrived, and
 * cannot be taken back any more. Returns those that were not taken back meanwhile.
 */
async function markSent(store: Sealing, batch: SealedSave[]): Promise<SealedSave[]> {
  return store.database.write(['outbox', 'letterbox'], async (tx) => {
    const outbox = tx.objectStore('outbox')
    const leaving: SealedSave[] = []
    for (const row of batch) {
      if ((await tx.objectStore('letterbox').get(row.id))?.hash !== row.hash) continue
      leaving.push(row)
      for (const mutation of row.mutations) {
        const queued = await outbox.get(mutation)
        if (queued?.state === 'here') await outbox.put({ ...queued, state: 'sent' })
      }
    }
    return leaving
  })
}

/** Nobody sits here: what these memberships left unsent is handed in all the same. Never throws; the next time may do. */
export async function handInLeft(membershipIds: string[], now: number): Promise<void> {
  for (const id of membershipIds) {
    const database = membershipDatabase(id)
    await navigator.locks
      .request(`wegwijs/sync/${id}`, () => handIn({ id, database }, now))
      .catch(() => undefined)
      .finally(() => database.close())
  }
}

/** Drop the envelopes of mutations that have left the outbox, or that the server has for certain. */
export async function forget(tx: LetterboxTransaction, mutations: Iterable<string>): Promise<void> {
  const letterbox = tx.objectStore('letterbox')
  for (const id of mutations) {
    const key = await letterbox.index('mutations').getKey(id)
    if (key !== undefined) await letterbox.delete(key)
  }
}

/** A rescue file: everything the letterbox holds, for somebody who may take it in. Null when there is nothing. */
export async function rescueFile(store: MembershipStore, now: Date): Promise<File | null> {
  const rows = await store.database.run((database) => database.getAll('letterbox'))
  if (rows.length === 0) return null
  const envelopes = rows.map(({ envelope }) => envelope)
  const content = { wegwijs: 'rescue', version: 1, device_id: store.device, written_at: now.toISOString(), envelopes }
  const name = `wegwijs-${now.toISOString().slice(0, 16).replace(':', '')}.json`
  return new File([JSON.stringify(content)], name, { type: 'application/json' })
}

/** All envelopes, and the ids of all mutations that are not known to be on the server. */
async function read(store: Sealing): Promise<[SealedSave[], Set<string>]> {
  return store.database.run(async (database) => {
    const tx = database.transaction(['letterbox', 'outbox'])
    const [rows, queue] = await Promise.all([tx.objectStore('letterbox').getAll(), tx.objectStore('outbox').getAll()])
    return [rows, new Set(queue.filter((row) => isUnsettled(row as { state: QueueState })).map(({ id }) => id))]
  })
}

function cut(rows: SealedSave[]): SealedSave[][] {
  const batches: SealedSave[][] = []
  let bytes = Infinity
  for (const row of rows) {
    const size = JSON.stringify(row.envelope).length
    if (bytes + size > MOST_BYTES || batches.at(-1)!.length === MOST) {
      batches.push([])
      bytes = 0
    }
    batches.at(-1)!.push(row)
    bytes += size
  }
  return batches
}
