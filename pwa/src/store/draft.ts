/**
 * What is being logged and not yet saved, sealed, one draft a tab. A draft has one editor: a tab holds the lock of its
 * draft while it lives, a second tab gets a draft of its own or asks for that of the first, which is brought to the disk
 * before it is given; and a draft whose tab is gone is taken up by the next.
 */
import type { MembershipStore } from './membership.ts'
import type { LogEntry } from './types.ts'

const MOST_DRAFTS = 20
/** A tab that does not give its draft in this time is asleep or stuck: the lock is taken from it. Milliseconds. */
const PATIENCE = 2_000

let store: MembershipStore | null = null
let slot: Promise<string> | null = null
let release: () => void = () => undefined
let onTaken: (id: string) => void = () => undefined
const channel = new BroadcastChannel('wegwijs/draft')
channel.onmessage = ({ data }: MessageEvent<string>) => void give(data)
let latest: LogEntry | null = null
let writing: Promise<void> | null = null
let failed = false

/** Whose drafts these are; the engine calls this when somebody signs in or out. */
export function attachDrafts(to: MembershipStore | null): void {
  release()
  store = to
  slot = null
  latest = null
  failed = false
}

/** The draft of this tab, null when there is none. Throws StoreProblem. */
export async function loadDraft(): Promise<LogEntry | null> {
  if (!store) return null
  const id = await mySlot(store)
  const row = await store.database.run((database) => database.get('draft', id))
  if (!row) return null
  const [draft] = await store.locker.openAll('draft', [row])
  return (draft as LogEntry | undefined) ?? null // a draft that no key opens any more is lost
}

/**
 * Keep the draft as it is now. May be called at every keystroke: while one is being written, only the latest waits.
 * Resolves when it is on the disk. Throws StoreProblem.
 */
export async function keepDraft(entry: LogEntry): Promise<void> {
  latest = JSON.parse(JSON.stringify(entry)) as LogEntry // the screen goes on changing its own
  // Once more where this came in while the last writing was ending.
  while (store && latest) await (writing ??= writeLatest().finally(() => (writing = null)))
}

/** The draft was saved or thrown away. */
export async function dropDraft(): Promise<void> {
  latest = null
  await writing?.catch(() => undefined)
  failed = false
  if (!store || !slot) return
  const [from, id] = [store, await slot]
  await from.database.run((database) => database.delete('draft', id))
}

/** Ids of drafts that other tabs are writing. Throws StoreProblem. */
export async function draftsElsewhere(): Promise<string[]> {
  if (!store) return []
  const of = store
  const mine = await mySlot(of)
  const kept = (await of.database.run((database) => database.getAllKeys('draft'))).map(String)
  const { held = [] } = await navigator.locks.query()
  const names = new Set(held.map(({ name }) => name))
  return kept.filter((id) => id !== mine && names.has(lockName(of, id)))
}

/** From now on this tab writes that draft, and the tab that wrote it is told. */
export async function takeOver(id: string): Promise<void> {
  if (!store) return
  const name = lockName(store, id)
  release()
  channel.postMessage(name)
  const given = await hold(name, { signal: AbortSignal.timeout(PATIENCE) })
  if (!given) await hold(name, { steal: true })
  slot = Promise.resolve(id)
}

/** Called with the draft's id when another tab has taken it over. */
export function whenTaken(tell: (id: string) => void): void {
  onTaken = tell
}

/** Another tab asks for a draft: if it is this tab's, what was typed is brought to the disk first. */
async function give(name: string): Promise<void> {
  const id = await slot
  if (!store || !id || name !== lockName(store, id)) return
  await writing?.catch(() => undefined)
  letGo(id)
}

function letGo(id: string): void {
  slot = null
  latest = null
  release()
  onTaken(id)
}

/** Whether something typed in this tab is not on the disk yet. */
export function isDraftUnsaved(): boolean {
  return writing !== null || failed
}

async function writeLatest(): Promise<void> {
  try {
    while (store && latest) {
      const [to, entry] = [store, latest]
      const id = await mySlot(to)
      const box = await to.locker.seal('draft', id, 1, entry)
      const row = { id, scopes: [`member:${to.id}`], day: null, state: 'draft' as const, version: 1, box }
      // Dropped while it was being sealed: it must not come back.
      if (latest) await to.database.run((database) => database.put('draft', row))
      if (latest === entry) latest = null
    }
    failed = false
  } catch (error) {
    failed = true
    throw error
  }
}

function mySlot(of: MembershipStore): Promise<string> {
  slot ??= takeSlot(of)
  return slot
}

/** The first draft that no other tab holds: those with content first, so that none is forgotten. */
async function takeSlot(of: MembershipStore): Promise<string> {
  const kept = (await of.database.run((database) => database.getAllKeys('draft'))).map(String)
  const all = Array.from({ length: MOST_DRAFTS }, (_, index) => `draft-${index + 1}`)
  for (const id of new Set([...kept, ...all])) if (await hold(lockName(of, id), { ifAvailable: true })) return id
  return all.at(-1)!
}

function lockName(of: MembershipStore, id: string): string {
  return `wegwijs/${of.id}/${id}`
}

/** Take a lock until this tab goes, signs out or gives it away. False when another tab has it and keeps it. */
function hold(name: string, options: LockOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const held = navigator.locks.request(name, options, (lock) => {
      resolve(lock !== null)
      return lock && new Promise<void>((done) => (release = done))
    })
    held.catch(() => {
      resolve(false) // it was not given in time; or, later, it was taken away: then this is settled already
      void lose(name)
    })
  })
}

/** The lock was taken away while this tab slept: it must not write that draft any more. */
async function lose(name: string): Promise<void> {
  const id = await slot
  if (store && id && name === lockName(store, id)) letGo(id)
}
