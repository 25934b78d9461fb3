/** The engine room: made once, wired here, used by every screen. */
import { GuideAnswers } from './guides/answers.svelte.ts'
import { GuideLibrary } from './guides/library.svelte.ts'
import { Session } from './people/session.svelte.ts'
import { Catalogue } from './store/catalogue.svelte.ts'
import { attachDrafts } from './store/draft.ts'
import { MembershipStore } from './store/membership.ts'
import { Preferences } from './store/preferences.svelte.ts'
import { storeProblem } from './store/problem.ts'
import type { Me } from './store/types.ts'
import { handInLeft } from './sync/letterbox.ts'
import { Register } from './sync/register.svelte.ts'
import { SyncState } from './sync/schedule.svelte.ts'
import { AppUpdate } from './sync/update.svelte.ts'

export const session = new Session()
export const register = new Register()
export const syncState = new SyncState(session, register)
export const catalogue = new Catalogue()
export const preferences = new Preferences()
export const appUpdate = new AppUpdate()
export const library = new GuideLibrary()
export const guideAnswers = new GuideAnswers()

let store: MembershipStore | null = null
/** Whether the server was asked who sits here: names and roles change. */
let greeted = false

/** Read the device: who sits here, what is kept. Resolves before any request; failures are in `syncState.storeProblem`. */
export async function start(): Promise<void> {
  session.onChange = sitDown
  session.countUnsent = () => syncState.unsent
  register.onShown = () => syncState.witness()
  syncState.afterSync = () => {
    if (!greeted) void session.refresh().catch(() => undefined)
    greeted = true
    void catalogue.revalidate().catch(() => undefined) // next time
    void library.revalidate().catch(() => undefined)
    void guideAnswers.handIn().catch(() => undefined)
    appUpdate.look()
  }
  register.onSaved = (entry) => {
    syncState.saved()
    if (entry) void preferences.learn(entry, (code) => catalogue.isSensitive(code)).catch(() => undefined) // a preference less is no loss
  }
  addEventListener('online', handInSealed)
  void appUpdate.start()
  await session.start().catch((error: unknown) => {
    syncState.storeProblem = storeProblem(error)
  })
  handInSealed()
}

/** Nobody is signed in in this browser: what was left unsent goes by letterbox. */
function handInSealed(): void {
  if (session.ready && !session.me) void handInLeft(session.memberships.map(({ membership_id }) => membership_id), Date.now())
}

/** Somebody else sits here, or nobody: everything that was shown of the one before goes. */
async function sitDown(me: Me | null): Promise<void> {
  store?.close()
  store = me && new MembershipStore(me.membership_id, me.device_id)
  greeted = false
  attachDrafts(store)
  register.attach(store)
  await Promise.all([
    preferences.load(me?.membership_id ?? null),
    catalogue.load(me?.organisation.id ?? null),
    library.load(me?.organisation.id ?? null),
    guideAnswers.load(me?.membership_id ?? null),
  ])
  await register.refresh()
  await syncState.attach(store)
  handInSealed()
}
