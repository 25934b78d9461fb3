/**
 * The envelope: the mutations of one save, signed by the device, then sealed to the organisation's public key. What is in
 * it and why stands in backend/wegwijs/sync/core/envelope.py, which opens it; tests/vectors/envelope.json ties the two.
 *
 * Sealing is HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. WebCrypto has the parts,
 * not the whole; the names below are those of the RFC.
 */
import { canonical, hash } from './canonical.ts'
import type { Mutation } from './wire.ts'

type Bytes = Uint8Array<ArrayBuffer>

export type EnvelopeHeader = {
  v: 1
  kid: string
  device: string
  group: string | null
  mutations: string[]
  entities: string[]
}
export type Envelope = { header: EnvelopeHeader; box: string }

/** Who seals, and to whom: `key` signs (Ed25519) and cannot be taken out; `publicKey` is the organisation's, base64url. */
export type Sealer = {
  organisation: string
  member: string
  device: string
  schema: number
  key: CryptoKey
  kid: string
  publicKey: string
}

const CONTEXT = 'wegwijs/envelope/1|'
const NOTHING: Bytes = new Uint8Array()
const KEM = suite('KEM', 0x0020)
const HPKE = suite('HPKE', 0x0020, 0x0001, 0x0002)

/**
 * The envelope of the mutations of one group, or of a single one. `ephemeral` is made anew for each and given only where
 * a test wants the same envelope twice. Rejects with a DOMException `NotSupportedError` where the browser has no X25519.
 */
export async function sealEnvelope(mutations: Mutation[], by: Sealer, ephemeral?: CryptoKeyPair): Promise<Envelope> {
  const header: EnvelopeHeader = {
    v: 1,
    kid: by.kid,
    device: by.device,
    group: mutations[0]!.group ?? null,
    mutations: mutations.map(({ id }) => id),
    entities: mutations.map(({ entity_id }) => entity_id),
  }
  const signed = mutations.map(async (mutation) => ({ id: mutation.id, hash: await hash(mutation, sha256), mutation }))
  const statement = {
    v: 1,
    organisation: by.organisation,
    device: by.device,
    member: by.member,
    schema: by.schema,
    mutations: await Promise.all(signed),
  }
  const signature = await sign(by.key, CONTEXT, statement)
  const plaintext = text(canonical({ signature, statement }))
  const box = await seal(plaintext, text(CONTEXT + canonical(header)), fromBase64url(by.publicKey), ephemeral)
  return { header, box: base64url(box) }
}

/** The device's signature (base64url) over a context and the canonical text of a value. */
export async function sign(key: CryptoKey, context: string, value: unknown): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.sign('Ed25519', key, text(context + canonical(value)))))
}

/** What a receipt says of an envelope. */
export function envelopeHash(envelope: Envelope): Promise<string> {
  return hash(envelope, sha256)
}

// -- HPKE ----------------------------------------------------------------------------------------------------------

async function seal(plaintext: Bytes, info: Bytes, recipient: Bytes, ephemeral?: CryptoKeyPair): Promise<Bytes> {
  const pair = ephemeral ?? ((await crypto.subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair)
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const secret = await encapsulated(pair.privateKey, enc, recipient)
  const pskIdHash = await labeledExtract(HPKE, NOTHING, 'psk_id_hash', NOTHING)
  const infoHash = await labeledExtract(HPKE, NOTHING, 'info_hash', info)
  const context = joined(Uint8Array.of(0), pskIdHash, infoHash)
  const root = await labeledExtract(HPKE, secret, 'secret', NOTHING)
  const rawKey = await labeledExpand(HPKE, root, 'key', context, 32)
  const iv = await labeledExpand(HPKE, root, 'base_nonce', context, 12)
  const key = await crypto.subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt'])
  return joined(enc, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext)))
}

async function encapsulated(ephemeral: CryptoKey, enc: Bytes, recipient: Bytes): Promise<Bytes> {
  const publicKey = await crypto.subtle.importKey('raw', recipient, 'X25519', false, [])
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: publicKey }, ephemeral, 256))
  const prk = await labeledExtract(KEM, NOTHING, 'eae_prk', dh)
  return labeledExpand(KEM, prk, 'shared_secret', joined(enc, recipient), 32)
}

function labeledExtract(id: Bytes, salt: Bytes, label: string, ikm: Bytes): Promise<Bytes> {
  // HMAC pads its key with zeros: 32 of them are the empty salt, which WebCrypto does not take.
  return hmac(salt.length ? salt : new Uint8Array(32), joined(text('HPKE-v1'), id, text(label), ikm))
}

/** At most 32 bytes: one round of HKDF's expansion. */
async function labeledExpand(id: Bytes, prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> {
  const labeled = joined(Uint8Array.of(0, length), text('HPKE-v1'), id, text(label), info, Uint8Array.of(1))
  return (await hmac(prk, labeled)).slice(0, length)
}

async function hmac(rawKey: Bytes, message: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', rawKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
}

function suite(name: string, ...ids: number[]): Bytes {
  return joined(text(name), Uint8Array.from(ids.flatMap((id) => [id >> 8, id & 0xff])))
}

// -- bytes ---------------------------------------------------------------------------------------------------------

function sha256(bytes: Bytes): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', bytes)
}

function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function text(value: string): Bytes {
  return new TextEncoder().encode(value) as Bytes
}

function base64url(bytes: Bytes): string {
  const signs = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(signs).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64url(value: string): Bytes {
  return Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0)) as Bytes
}
