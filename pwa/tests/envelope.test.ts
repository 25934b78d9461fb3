/** What the device seals is, byte for byte, what the server's own vectors say (tests/vectors/envelope.json). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Envelope, type Sealer, envelopeHash, sealEnvelope, sign } from '../src/sync/core/envelope.ts'
import type { Mutation } from '../src/sync/core/wire.ts'

type Pair = { private: string; public: string }
type Vectors = {
  keys: { organisation: Pair; device: Pair; ephemeral: Pair }
  sealer: { organisation: string; member: string; device: string; schema: number; kid: string }
  envelopes: { name: string; mutations: Mutation[]; envelope: Envelope; hash: string }[]
  letterbox: { body: Record<string, unknown>; signature: string }
}

const path = new URL('../../tests/vectors/envelope.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors

function imported(crv: 'X25519' | 'Ed25519', { private: d, public: x }: Pair, use: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', { kty: 'OKP', crv, d, x }, crv, true, [use])
}

async function ephemeral(): Promise<CryptoKeyPair> {
  const { ephemeral: pair } = vectors.keys
  const publicKey = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'X25519', x: pair.public }, 'X25519', true, [])
  return { privateKey: await imported('X25519', pair, 'deriveBits'), publicKey }
}

async function sealer(): Promise<Sealer> {
  const key = await imported('Ed25519', vectors.keys.device, 'sign')
  return { ...vectors.sealer, key, publicKey: vectors.keys.organisation.public }
}

describe('envelopes', () => {
  for (const vector of vectors.envelopes) {
    test(vector.name, async () => {
      const envelope = await sealEnvelope(vector.mutations, await sealer(), await ephemeral())
      assert.deepEqual(envelope, vector.envelope)
      assert.equal(await envelopeHash(envelope), vector.hash)
    })
  }

  test('are never twice the same: each has a key of its own', async () => {
    const [{ mutations }] = vectors.envelopes as [Vectors['envelopes'][0]]
    const [one, other] = [await sealEnvelope(mutations, await sealer()), await sealEnvelope(mutations, await sealer())]
    assert.deepEqual(one.header, other.header)
    assert.notEqual(one.box, other.box)
  })

  test('show ids and nothing that was written', () => {
    for (const { envelope } of vectors.envelopes) {
      assert.deepEqual(Object.keys(envelope.header).sort(), ['device', 'entities', 'group', 'kid', 'mutations', 'v'])
    }
  })
})

test('a letterbox is signed as a whole', async () => {
  const { body, signature } = vectors.letterbox
  const key = await imported('Ed25519', vectors.keys.device, 'sign')
  assert.equal(await sign(key, 'wegwijs/letterbox/1|', body), signature)
})
