/**
 * Seals and opens rows. The data key stays in this worker: it offers verbs, never the key.
 *
 * For now the key lies unwrapped in the membership's database (non-extractable, but readable in a copy of the disk);
 * the app says so under *Me*.
 */
import { type Row, SCHEMA, membershipDatabase } from './databases.ts'
import type { LockerAnswer, LockerRequest, Place } from './locker.ts'
import { storeProblem } from './problem.ts'

type DataKey = { key: CryptoKey; device: string }

const IV_BYTES = 12
let membership = ''
let dataKey: Promise<DataKey> | null = null

self.onmessage = async ({ data }: MessageEvent<LockerRequest>) => {
  const answer = await perform(data).then(
    (results): LockerAnswer => ({ n: data.n, results }),
    (error: unknown): LockerAnswer => ({ n: data.n, failed: { code: storeProblem(error).code, detail: String(error) } }),
  )
  self.postMessage(answer)
}

async function perform(request: LockerRequest): Promise<unknown[]> {
  if (request.verb === 'unlock') {
    membership = request.membership
    dataKey = loadKey(request.device)
    dataKey.catch(() => (dataKey = null))
    await dataKey
    return []
  }
  if (!dataKey) throw new Error('the locker has no key')
  const held = await dataKey
  if (request.verb === 'seal') return Promise.all(request.items.map(({ place, text }) => seal(held, place, text)))
  // One row that cannot be opened must not hide the others: it comes back as undefined.
  return Promise.all(request.items.map(({ place, box }) => open(held, place, box).catch(() => undefined)))
}

async function seal(held: DataKey, place: Place, text: string): Promise<Row['box']> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = await crypto.subtle.encrypt(algorithm(iv, held, place), held.key, new TextEncoder().encode(text))
  const box = new Uint8Array(IV_BYTES + sealed.byteLength)
  box.set(iv)
  box.set(new Uint8Array(sealed), IV_BYTES)
  return box
}

async function open(held: DataKey, place: Place, box: Row['box']): Promise<string> {
  const iv = box.subarray(0, IV_BYTES)
  const plain = await crypto.subtle.decrypt(algorithm(iv, held, place), held.key, box.subarray(IV_BYTES))
  return new TextDecoder().decode(plain)
}

/** The additional data ties a box to its place: moved or renamed rows do not open. */
function algorithm(iv: Uint8Array<ArrayBuffer>, { device }: DataKey, place: Place): AesGcmParams {
  const bound = [membership, device, place.store, place.id, place.version, SCHEMA].join('|')
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(bound) }
}

/**
 * The key of this database, made at the first start. It keeps the device it was made for: enrolling the same browser
 * again gives a new device id, and what lies in the outbox must still open.
 */
async function loadKey(device: string): Promise<DataKey> {
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  return membershipDatabase(membership).write(['meta'], async (tx) => {
    const meta = tx.objectStore('meta')
    const found = await meta.get('data_key')
    const held = found?.id === 'data_key' ? found : { id: 'data_key' as const, key: fresh, device }
    if (held.key === fresh) await meta.put(held)
    return held
  })
}
