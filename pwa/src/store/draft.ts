/**
 * What is being logged and not yet saved, sealed, one draft a tab. A draft has one editor: a tab holds the lock of its
 * draft while it lives, a second tab gets a draft of its own, and a draft whose tab is gone is taken up by the next.
 */
import type { MembershipStore } from './membership.ts'
import type { LogEntry } from './types.ts'

const MOST_DRAFTS = 20

let store: MembershipStore | null = null
let slot: Promise<string> | null = null
let release: () => void = () => undefined
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
  for (const id of new Set([...kept, ...all])) if (await hold(`wegwijs/${of.id}/${id}`)) return id
  return all.at(-1)!
}

/** Take a lock until this tab goes or signs out. False when another tab has it. */
function hold(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock && new Promise<void>((done) => (release = done))
    })
  })
}
