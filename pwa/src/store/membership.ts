/** All of one membership's store in this browser: its database, its locker, and word to the other tabs. */
import type { Row, SealedStore } from './databases.ts'
import { type MembershipDatabase, membershipDatabase } from './databases.ts'
import { Locker } from './locker.ts'

/** `records`: rows or outbox changed. `session`: signed in or out. */
export type News = 'records' | 'session'

export class MembershipStore {
  readonly id: string
  readonly device: string
  readonly database: MembershipDatabase
  readonly locker: Locker
  readonly #channel: BroadcastChannel
  #closed = false
  readonly #listeners = new Set<(news: News) => void>()

  constructor(membershipId: string, deviceId: string) {
    this.id = membershipId
    this.device = deviceId
    this.database = membershipDatabase(membershipId)
    this.locker = new Locker(membershipId, deviceId)
    this.#channel = new BroadcastChannel(`wegwijs/${membershipId}`)
    this.#channel.onmessage = ({ data }: MessageEvent<News>) => this.#hear(data)
  }

  /** Tell this tab and all others. */
  tell(news: News): void {
    if (this.#closed) return
    this.#channel.postMessage(news)
    this.#hear(news)
  }

  listen(listener: (news: News) => void): void {
    this.#listeners.add(listener)
  }

  /** All rows of a store with their values; rows that do not open are left out and stay where they are. */
  async openStore<Value>(name: SealedStore, wanted: (row: Row) => boolean = () => true): Promise<{ row: Row; value: Value }[]> {
    const rows = (await this.database.run((database) => database.getAll(name))).filter(wanted)
    const values = await this.locker.openAll(name, rows)
    return rows.flatMap((row, index) => (values[index] === undefined ? [] : [{ row, value: values[index] as Value }]))
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#channel.close()
    this.locker.close()
    this.database.close()
  }

  #hear(news: News): void {
    for (const listener of this.#listeners) listener(news)
  }
}
