/** The device's Ed25519 key: made at enrolment, never leaves the browser, signs challenges. */
import { StoreProblem } from '../store/problem.ts'

/** `publicKey` is raw, in base64url. */
export type DeviceKey = { privateKey: CryptoKey; publicKey: string }

/**
 * Throws StoreProblem `unsupported` where the browser has no Ed25519 (Chromium before 137, Firefox before 130), or no
 * X25519 to seal records with (Chromium before 133, Firefox before 130).
 */
export async function makeDeviceKey(): Promise<DeviceKey> {
  await crypto.subtle.generateKey('X25519', false, ['deriveBits']).catch((error: unknown) => {
    throw new StoreProblem('unsupported', 'X25519', error)
  })
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).catch((error: unknown) => {
    throw new StoreProblem('unsupported', 'Ed25519', error)
  })
  const { privateKey, publicKey } = pair as CryptoKeyPair
  return { privateKey, publicKey: base64url(await crypto.subtle.exportKey('raw', publicKey)) }
}

/** The signature (base64url) with which this device signs in. */
export async function signChallenge(key: CryptoKey, deviceId: string, challenge: string): Promise<string> {
  const text = new TextEncoder().encode(`wegwijs/sign-in/1|${deviceId}|${challenge}`)
  return base64url(await crypto.subtle.sign('Ed25519', key, text))
}

function base64url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
