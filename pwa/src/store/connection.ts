/**
 * A connection to one IndexedDB database that survives being closed. Browsers close connections behind our back (an app
 * that slept, a storage process that died): the work is then tried once more on a new connection. Transactions are
 * atomic, so work that failed has left nothing behind.
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, type OpenDBCallbacks, type StoreNames, openDB } from 'idb'
import { StoreProblem, storeProblem } from './problem.ts'

/** Failures of the connection, not of the work: a second try on a new connection may help. */
const CONNECTION_LOST = new Set(['InvalidStateError', 'UnknownError', 'AbortError'])

export class Connection<Schema extends DBSchema> {
  readonly name: string
  readonly #version: number
  readonly #upgrade: OpenDBCallbacks<Schema>['upgrade']
  #database: Promise<IDBPDatabase<Schema>> | null = null

  constructor(name: string, version: number, upgrade: OpenDBCallbacks<Schema>['upgrade']) {
    this.name = name
    this.#version = version
    this.#upgrade = upgrade
  }

  /** Do `work` on the open database. Throws StoreProblem. */
  async run<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open())
    } catch (error) {
      if (!(error instanceof DOMException) || !CONNECTION_LOST.has(error.name)) throw storeProblem(error)
    }
    this.close()
    try {
      return await work(await this.#open())
    } catch (error) {
      throw storeProblem(error)
    }
  }

  /**
   * Do `work` in one strict read-write transaction: resolves when it is complete, and whatever fails takes all of it
   * back. Throws StoreProblem.
   */
  async write<Name extends StoreNames<Schema>, Result>(
    stores: Name[],
    work: (tx: IDBPTransaction<Schema, Name[], 'readwrite'>) => Promise<Result>,
  ): Promise<Result> {
    return this.run(async (database) => {
      const tx = database.transaction(stores, 'readwrite', { durability: 'strict' })
      try {
        const result = await work(tx)
        await tx.done
        return result
      } catch (error) {
        abort(tx)
        throw error
      }
    })
  }

  close(): void {
    void this.#database?.then((database) => database.close()).catch(() => undefined)
    this.#database = null
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= this.#connect()
    return this.#database
  }

  #connect(): Promise<IDBPDatabase<Schema>> {
    return new Promise((resolve, reject) => {
      const forget = () => {
        this.#database = null
      }
      const opening = openDB<Schema>(this.name, this.#version, {
        upgrade: this.#upgrade,
        // Another tab has an old version open and did not close it; the person must.
        blocked: () => reject(new StoreProblem('blocked')),
        // A newer app wants to upgrade: let it. The next work opens anew, or says that this page is too old.
        blocking: (_current, _wanted, event) => {
          ;(event.target as IDBDatabase).close()
          forget()
        },
        terminated: forget,
      })
      opening.then(resolve, reject)
      opening.catch(forget)
    })
  }
}

function abort(tx: { abort(): void; done: Promise<void> }): void {
  tx.done.catch(() => undefined)
  try {
    tx.abort()
  } catch {
    // It had ended already.
  }
}
