/** The engine room: made once, wired here, used by every screen. */
import { Session } from './people/session.svelte.ts'
import { Catalogue } from './store/catalogue.svelte.ts'
import { attachDrafts } from './store/draft.ts'
import { MembershipStore } from './store/membership.ts'
import { Preferences } from './store/preferences.svelte.ts'
import type { Me } from './store/types.ts'
import { Register } from './sync/register.svelte.ts'
import { SyncState } from './sync/schedule.svelte.ts'
import { AppUpdate } from './sync/update.svelte.ts'

export const session = new Session()
export const register = new Register()
export const syncState = new SyncState(session, register)
export const catalogue = new Catalogue()
export const preferences = new Preferences()
export const appUpdate = new AppUpdate()

let store: MembershipStore | null = null

/** Read the device: who sits here, what is kept. Resolves before any request. Throws StoreProblem. */
export async function start(): Promise<void> {
  session.onChange = sitDown
  session.countUnsent = () => syncState.unsent
  syncState.afterSync = () => {
    void catalogue.revalidate().catch(() => undefined) // next time
    appUpdate.look()
  }
  register.onSaved = (entry) => {
    syncState.saved()
    if (entry) void preferences.learn(entry).catch(() => undefined) // a preference less is no loss
  }
  void appUpdate.start()
  await session.start()
}

/** Somebody else sits here, or nobody: everything that was shown of the one before goes. */
async function sitDown(me: Me | null): Promise<void> {
  store?.close()
  store = me && new MembershipStore(me.membership_id, me.device_id)
  attachDrafts(store)
  register.attach(store)
  await Promise.all([preferences.load(me?.membership_id ?? null), catalogue.load(me?.organisation.id ?? null)])
  await register.refresh()
  syncState.attach(store)
}
