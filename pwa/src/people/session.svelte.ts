/** Who sits here: enrolment of this browser, sign-in by the device's key, and who was here before. */
import { ApiProblem, api, call } from '../api/client.ts'
import { type Enrolment, SCHEMA, deviceDatabase, deviceMeta, keepDeviceMeta } from '../store/databases.ts'
import { StoreProblem } from '../store/problem.ts'
import type { Me } from '../store/types.ts'
import { APP_VERSION } from '../sync/version.ts'
import { makeDeviceKey, signChallenge } from './device_key.ts'

/** A membership of this browser, to sign in again without a code. */
export type KnownMembership = Pick<Me, 'membership_id' | 'display_name' | 'role' | 'organisation' | 'team'>

/** The server shows other organisation keys than those this browser has pinned: it is not to be trusted. */
export class KeysChanged extends Error {
  override readonly name = 'KeysChanged'
}

export class Session {
  me = $state.raw<Me | null>(null)
  memberships = $state.raw<KnownMembership[]>([])
  ready = $state(false)

  /** Called when another membership (or none) sits here; resolves when its store is at hand. */
  onChange: (me: Me | null) => Promise<void> = async () => undefined

  /** How many records of this membership are not on the server yet. */
  countUnsent: () => number = () => 0

  readonly #channel = new BroadcastChannel('wegwijs/device')

  /** Read who sits here from the device; works offline. Throws StoreProblem. */
  async start(): Promise<void> {
    this.#channel.onmessage = () => void this.#read()
    await this.#read()
    this.ready = true
    if (!this.me) void this.#endForgottenSession()
  }

  /** Spend a one-time code: this browser becomes a device of the membership. Throws ApiProblem, StoreProblem. */
  async enrol(code: string, deviceName: string): Promise<void> {
    const key = await makeDeviceKey()
    const device = { name: deviceName, public_key: key.publicKey, schema: SCHEMA, app_version: APP_VERSION }
    await alone(async () => {
      const me = (await call(api.POST('/api/enrol', { body: { code, device } }))) as Me
      await this.#keep(me, key.privateKey)
    })
  }

  /** Sign in as the device that was enrolled before, by its key. Throws ApiProblem, StoreProblem, KeysChanged. */
  async signInAgain(membershipId?: string): Promise<void> {
    await alone(async () => this.#signIn(membershipId ?? (await current())))
  }

  /** The same for records that travel: only while their membership still sits here. */
  async renew(membershipId: string): Promise<void> {
    await alone(async () => {
      if ((await current()) !== membershipId) throw new ApiProblem('signed_out')
      await this.#signIn(membershipId)
    })
  }

  async #signIn(id: string | null): Promise<void> {
    const enrolment = id && (await deviceDatabase.run((database) => database.get('enrolment', id)))
    if (!enrolment) throw new StoreProblem('broken', 'this browser is not enrolled')
    const device_id = enrolment.me.device_id
    const { challenge } = await call(api.POST('/api/sign-in/challenge', { body: { device_id } }))
    const signature = await signChallenge(enrolment.key, device_id, challenge)
    const me = (await call(api.POST('/api/sign-in', { body: { device_id, challenge, signature } }))) as Me
    await this.#keep(me, enrolment.key)
  }

  /** End the session. Records and the device's key stay in this browser; the answer says how many are unsent. */
  async signOut(): Promise<{ unsent: number }> {
    const unsent = this.countUnsent()
    await alone(async () => keepDeviceMeta({ id: 'current', membership: null, ended: await endSession() }))
    this.#channel.postMessage('changed')
    await this.#read()
    return { unsent }
  }

  /** Ask the server who sits here: names and roles may have changed. Throws ApiProblem. */
  async refresh(): Promise<void> {
    const before = this.me
    const me = (await call(api.GET('/api/me'))) as Me
    const enrolment = await deviceDatabase.run((database) => database.get('enrolment', me.membership_id))
    // The cookie may be that of another membership; the next push says so and signs in as this one.
    if (enrolment && before?.device_id === me.device_id) await this.#keep(me, enrolment.key)
  }

  async #keep(me: Me, key: CryptoKey): Promise<void> {
    await pin(me)
    const since = new Date().toISOString()
    await deviceDatabase.write(['enrolment', 'meta'], async (tx) => {
      const enrolments = tx.objectStore('enrolment')
      const before = await enrolments.get(me.membership_id)
      await enrolments.put({ id: me.membership_id, me, key, since: before?.since ?? since })
      await tx.objectStore('meta').put({ id: 'current', membership: me.membership_id, ended: true })
    })
    this.#channel.postMessage('changed')
    await this.#read()
  }

  async #read(): Promise<void> {
    const enrolments = await deviceDatabase.run((database) => database.getAll('enrolment'))
    const current = await deviceMeta('current')
    const me = enrolments.find(({ id }) => id === current?.membership)?.me ?? null
    const moved = me?.device_id !== this.me?.device_id
    this.memberships = enrolments.map(known)
    this.me = me
    if (moved) await this.onChange(me)
  }

  /** Signed out without a network: the cookie cannot be deleted from here, so its session is ended now. */
  async #endForgottenSession(): Promise<void> {
    const current = await deviceMeta('current')
    if (current?.membership !== null || current.ended) return
    if (await endSession()) await keepDeviceMeta({ ...current, ended: true })
  }
}

/**
 * All tabs of a browser share one session: one change of it at a time, from the request until the device knows who sits
 * here. What the person before still asked would otherwise take the place of who has just come.
 */
async function alone(work: () => Promise<void>): Promise<void> {
  await navigator.locks.request('wegwijs/session', work)
}

/** Who sits in this browser, by its own store: another tab may have changed it a moment ago. */
async function current(): Promise<string | null> {
  return (await deviceMeta('current'))?.membership ?? null
}

/** Whether the session on the server is over. */
async function endSession(): Promise<boolean> {
  try {
    await call(api.POST('/api/sign-out'))
    return true
  } catch (error) {
    return error instanceof ApiProblem && error.kind === 'signed_out'
  }
}

/** The organisation's keys are trusted as first seen. Throws KeysChanged when they are others. */
async function pin({ organisation, keys }: Me): Promise<void> {
  const pinned = await deviceDatabase.run((database) => database.get('organisation', organisation.id))
  if (!pinned) await deviceDatabase.run((database) => database.put('organisation', { id: organisation.id, keys }))
  else if (pinned.keys.seal.public !== keys.seal.public || pinned.keys.sign.public !== keys.sign.public) throw new KeysChanged()
}

function known({ me: { membership_id, display_name, role, organisation, team } }: Enrolment): KnownMembership {
  return { membership_id, display_name, role, organisation, team }
}
