/**
 * When records travel: after a save, when the network or the person comes back, when the server's counter moved (asked
 * every five seconds while the app is visible), and after failures with growing, random pauses. One tab syncs at a time.
 */
import { ApiProblem } from '../api/client.ts'
import { KeysChanged, type Session } from '../people/session.svelte.ts'
import { deviceMeta, keepDeviceMeta } from '../store/databases.ts'
import type { MembershipStore } from '../store/membership.ts'
import { StoreProblem, storeProblem } from '../store/problem.ts'
import { bearWitness, witnessed } from '../store/witness.ts'
import type { ProblemDocument } from './core/answer.ts'
import { LONGEST_WAIT, backoff } from './core/backoff.ts'
import { Feed } from './feed.ts'
import { type Handed, fill, handIn, rescueFile, standing } from './letterbox.ts'
import { Outbox } from './outbox.ts'
import { push } from './push.ts'
import type { Register } from './register.svelte.ts'
import { transport } from './transport.ts'
import { APP_VERSION } from './version.ts'

const POLL = 5_000

/** The server's words for a device that signing in again does not help. */
const SWITCHED_OFF = new Set(['device_revoked', 'membership_off', 'device_cloned'])

export class SyncState {
  /** Whether the last request reached our server. */
  online = $state(navigator.onLine)
  /** The session has ended and the device could not sign in again by itself. */
  signedOut = $state(false)
  /** Why a new code is needed: device or membership is switched off, or two devices have this one's number. */
  switchedOff = $state.raw<ApiProblem | null>(null)
  busy = $state(false)
  /** When this device last handed in or got records. */
  lastArrival = $state.raw<Date | null>(null)
  /** What the server refused as a whole: our fault, records stay here. */
  problem = $state.raw<ProblemDocument | null>(null)
  storeProblem = $state.raw<StoreProblem | null>(null)
  /** Unsent contacts that a browser threw away: how many there should have been. */
  lostRecords = $state(0)
  /** Whether the browser promised not to throw the store away; null before it was asked. */
  persisted = $state<boolean | null>(null)
  /** When rows of this device were not those of the server, and were fetched anew. */
  mended = $state.raw<Date | null>(null)
  /** Sent copies that wait for a backup of the server. */
  copies = $state(0)
  /** What went, or waits to go, without a session; `problem` says why nothing can be sealed. */
  letterbox = $state.raw<Handed & { problem: StoreProblem | null }>({ handedIn: 0, waiting: 0, problem: null })
  /** The server's counter: moves with every change in the organisation. */
  seq = $state(-1)

  readonly unsent = $derived.by(() => this.#register.summary.unsent)
  readonly look = $derived.by(() => this.#register.summary.look)
  readonly held = $derived.by(() => this.#register.summary.held)
  readonly handedOver = $derived.by(() => this.#register.summary.handedOver)
  readonly oldest = $derived.by(() => this.#register.summary.oldest)

  readonly #session: Session
  readonly #register: Register
  #store: MembershipStore | null = null
  #outbox: Outbox | null = null
  #feed: Feed | null = null
  #running: Promise<void> | null = null
  #again = false
  #failures = 0
  #notBefore = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #pulledSeq = -1
  #reported = ''
  #asked = false
  /** Called after each good sync: the catalogue and the app itself look for something newer. */
  afterSync: () => void = () => undefined

  constructor(session: Session, register: Register) {
    this.#session = session
    this.#register = register
    addEventListener('online', () => this.#wake())
    addEventListener('offline', () => (this.online = false))
    document.addEventListener('visibilitychange', () => isVisible() && this.#wake())
  }

  /** Sync another membership, or none. Call after the register has read the device. */
  async attach(store: MembershipStore | null): Promise<void> {
    clearTimeout(this.#timer)
    this.#store = null
    this.#failures = this.#notBefore = 0
    this.#pulledSeq = this.seq = -1
    this.signedOut = false
    this.problem = this.storeProblem = this.switchedOff = null
    this.mended = null
    this.lostRecords = store ? await lost(store) : 0
    this.#store = store
    this.#outbox = store && new Outbox(store)
    this.#feed = store && new Feed(store, this.#outbox!)
    if (!store) return
    this.persisted = await persistedBefore()
    this.#wake()
  }

  /** The register has read the device: remember outside the store how much is unsent. */
  witness(): void {
    if (this.#store) bearWitness(this.#store.id, this.unsent)
  }

  /** Hand in and pull now, whatever pause was planned. Resolves when done; failures are told by the fields above. */
  async syncNow(): Promise<void> {
    this.#notBefore = 0
    await this.#sync()
  }

  /** A file with all that is sealed and unsent; null when there is nothing. Throws StoreProblem. */
  async rescueFile(): Promise<File | null> {
    return this.#store && rescueFile(this.#store, new Date())
  }

  /** A record was saved on this device. */
  saved(): void {
    if (!this.#asked && !this.persisted) void this.#askToPersist()
    this.#wake()
  }

  #wake(): void {
    if (Date.now() >= this.#notBefore) void this.#sync()
  }

  /** One run at a time; what asks during a run is answered by another run right after it. */
  #sync(): Promise<void> {
    if (this.#running) this.#again = true
    else this.#running = this.#runs().finally(() => (this.#running = null))
    return this.#running!
  }

  async #runs(): Promise<void> {
    clearTimeout(this.#timer)
    this.busy = true
    do {
      this.#again = false
      const store = this.#store
      const failure = await this.#run(store).then(
        () => null,
        (error: unknown) => ({ error }),
      )
      if (store !== this.#store) this.#again = true // somebody else sits here now
      else if (failure) this.#failed(failure.error)
      else if (store) this.#succeeded()
    } while (this.#again && Date.now() >= this.#notBefore)
    this.busy = false
  }

  async #run(store: MembershipStore | null): Promise<void> {
    const [outbox, feed] = [this.#outbox, this.#feed]
    if (!store || !outbox || !feed) return
    await navigator.locks.request(`wegwijs/sync/${store.id}`, async () => {
      const unsettled = async () => (await outbox.unsettled()).map(({ mutation }) => mutation)
      const problem = await fill(store, unsettled).then(() => null, storeProblem)
      try {
        await this.#signedIn(store, () => this.#exchange(store, outbox, feed))
      } finally {
        const stands = await standing(store).catch(() => null)
        if (store === this.#store && stands) this.letterbox = { ...stands, problem }
      }
    })
  }

  /** Push, then pull: after that pull, everything that was applied is in the server's copies. */
  async #exchange(store: MembershipStore, outbox: Outbox, feed: Feed): Promise<void> {
    const status = await transport.status()
    const handedIn = this.unsent
    const refusal = await push(outbox, store.device).catch((error: unknown) => {
      if (!(error instanceof ApiProblem) || error.kind === 'offline' || isSignedOut(error)) throw error
      return error // does not keep us from pulling
    })
    const { changed, mended } = await feed.pull()
    await outbox.afterPull()
    await outbox.dropCopies(status.durable_seq, status.epoch)
    if (store !== this.#store) return
    if (mended.length > 0) this.mended = new Date()
    this.copies = await outbox.countCopies()
    this.seq = this.#pulledSeq = status.seq
    if (changed || handedIn) store.tell('records')
    await this.#register.refresh()
    await this.#report(feed).catch(() => undefined) // next time
    if (changed || this.unsent < handedIn) this.lastArrival = new Date()
    if (refusal?.document && SWITCHED_OFF.has(refusal.document.code)) await this.#handIn(store)
    if (refusal) throw refusal
  }

  /** By letterbox, what the session's way cannot carry. That it fails is no news: the next run tries again. */
  async #handIn(store: MembershipStore): Promise<void> {
    await handIn(store, Date.now()).catch(() => undefined)
    await this.#register.refresh()
  }

  /** Do `work`; when the session has ended, sign in again as the same device and do it once more. */
  async #signedIn(store: MembershipStore, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!isSignedOut(error)) throw error
      await this.#session.renew(store.id).catch(async (refusal: unknown) => {
        const refused = refusal instanceof ApiProblem && refusal.kind === 'stop'
        const final = refusal instanceof KeysChanged || refused
        if (refused) await this.#handIn(store) // never to a server with other keys
        throw final ? new ApiProblem('signed_out', refusal instanceof ApiProblem ? refusal.document : null) : refusal
      })
      await work()
    }
  }

  async #report(feed: Feed): Promise<void> {
    const state = {
      app_version: APP_VERSION,
      storage_persisted: this.persisted,
      unsent: this.unsent,
      digest_mismatches: await feed.mendedTimes(),
    }
    const text = JSON.stringify(state)
    if (text === this.#reported) return
    await transport.reportDevice(state)
    this.#reported = text
  }

  #succeeded(): void {
    this.#failures = this.#notBefore = 0
    this.online = true
    this.signedOut = false
    this.problem = this.storeProblem = this.switchedOff = null
    this.#planPoll()
    this.afterSync()
  }

  #failed(error: unknown): void {
    this.#failures += 1
    this.#store?.tell('records') // what was handed in without an answer is now *sent*
    let pause = backoff(this.#failures, Math.random())
    if (error instanceof ApiProblem) {
      this.online = error.kind !== 'offline'
      this.signedOut = isSignedOut(error)
      this.switchedOff = SWITCHED_OFF.has(error.document?.code ?? '') ? error : null
      const refused = !this.switchedOff && (error.kind === 'stop' || error.kind === 'too_large')
      this.problem = refused ? error.document : null
      if (error.kind === 'retry') pause = backoff(this.#failures, Math.random(), error.retryAfter)
      // Final answers do not change by asking again soon; an upgrade of the server may change them.
      else if (error.kind !== 'offline') pause = LONGEST_WAIT
      if (error.retryAfter) this.#notBefore = Date.now() + pause
    } else {
      this.storeProblem = error instanceof StoreProblem ? error : new StoreProblem('broken', String(error), error)
    }
    this.#timer = setTimeout(() => void this.#sync(), pause)
  }

  #planPoll(): void {
    clearTimeout(this.#timer)
    if (this.#store) this.#timer = setTimeout(() => void this.#poll(), POLL)
  }

  /** Tiny question, only while somebody looks: has anything changed? */
  async #poll(): Promise<void> {
    if (!isVisible() || this.#running) return // becoming visible, or the end of the run, starts it again
    try {
      const status = await transport.status()
      this.online = true
      if (status.seq === this.#pulledSeq && this.unsent === 0) this.#planPoll()
      else await this.#sync()
    } catch {
      await this.#sync() // says what is wrong, and plans the next try
    }
  }

  async #askToPersist(): Promise<void> {
    this.#asked = true // once a start: browsers grant it later, to an installed app or one in daily use
    this.persisted = (await navigator.storage?.persist?.().catch(() => false)) ?? false
    await keepDeviceMeta({ id: 'persisted', granted: this.persisted }).catch(() => undefined)
  }
}

function isVisible(): boolean {
  return document.visibilityState === 'visible'
}

/** `wrong_device`: the session in this browser is that of another membership; signing in makes it ours. */
function isSignedOut(error: unknown): boolean {
  return error instanceof ApiProblem && (error.kind === 'signed_out' || error.document?.code === 'wrong_device')
}

/** How many unsent records the witness knows of that a fresh, empty store does not. */
async function lost(store: MembershipStore): Promise<number> {
  const expected = witnessed(store.id)
  if (expected === 0) return 0
  const used = await store.database.run((database) => database.get('meta', 'numbers'))
  return used ? 0 : expected
}

/** What the browser says now; its last answer where it does not keep the store; null when it was never asked. */
async function persistedBefore(): Promise<boolean | null> {
  if (await navigator.storage?.persisted?.().catch(() => false)) return true
  return (await deviceMeta('persisted')) ? false : null
}
