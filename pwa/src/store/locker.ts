/** The page's side of the locker: asks the worker to seal and open, many rows in one message. */
import { StoreProblem, type StoreProblemCode } from './problem.ts'
import type { Row, SealedStore } from './databases.ts'
import { lockerAddress } from './trusted.ts'

/** Where a box belongs; it opens nowhere else. */
export type Place = { store: SealedStore; id: string; version: number }

/** Values travel as JSON text, so that what a screen holds (a proxy) can be handed over as it is. */
export type LockerRequest = { n: number } & (
  | { verb: 'unlock'; membership: string; device: string }
  | { verb: 'seal'; items: { place: Place; text: string }[] }
  | { verb: 'open'; items: { place: Place; box: Row['box'] }[] }
)

export type LockerAnswer =
  | { n: number; results: unknown[] }
  | { n: number; failed: { code: StoreProblemCode; detail: string } }

type Waiting = { resolve: (results: unknown[]) => void; reject: (problem: StoreProblem) => void }
type Verb = LockerRequest extends infer Request ? (Request extends { n: number } ? Omit<Request, 'n'> : never) : never

export class Locker {
  readonly #worker: Worker
  readonly #membership: string
  readonly #device: string
  readonly #waiting = new Map<number, Waiting>()
  #unlocked: Promise<unknown> | null = null
  #broken: StoreProblem | null = null
  #n = 0

  constructor(membership: string, device: string) {
    this.#membership = membership
    this.#device = device
    this.#worker = new Worker(lockerAddress, { type: 'module', name: 'locker' })
    this.#worker.onmessage = ({ data }: MessageEvent<LockerAnswer>) => this.#settle(data)
    this.#worker.onerror = () => this.#fail(new StoreProblem('broken', 'the locker did not start'))
  }

  /** The box of one value. Throws StoreProblem. */
  async seal(store: SealedStore, id: string, version: number, value: unknown): Promise<Row['box']> {
    return (await this.sealAll([{ place: { store, id, version }, value }]))[0]!
  }

  /** The value of one row. Throws StoreProblem `unreadable`. */
  async open(store: SealedStore, row: Row): Promise<unknown> {
    const [value] = await this.openAll(store, [row])
    if (value === undefined) throw new StoreProblem('unreadable', `${store} ${row.id}`)
    return value
  }

  async sealAll(items: { place: Place; value: unknown }[]): Promise<Row['box'][]> {
    const texts = items.map(({ place, value }) => ({ place, text: JSON.stringify(value) }))
    await this.#unlock()
    return (await this.#ask({ verb: 'seal', items: texts })) as Row['box'][]
  }

  /** The values of rows, in their order; undefined for one that cannot be opened. */
  async openAll(store: SealedStore, rows: Row[]): Promise<unknown[]> {
    if (rows.length === 0) return []
    await this.#unlock()
    const items = rows.map(({ id, version, box }) => ({ place: { store, id, version }, box }))
    const texts = (await this.#ask({ verb: 'open', items })) as (string | undefined)[]
    return texts.map((text) => (text === undefined ? undefined : (JSON.parse(text) as unknown)))
  }

  /** Forget the key. */
  close(): void {
    this.#worker.terminate()
    this.#fail(new StoreProblem('broken', 'the locker was closed'))
  }

  /** A store that was full or blocked may be well again at the next verb: a failed unlock is not remembered. */
  #unlock(): Promise<unknown> {
    this.#unlocked ??= this.#ask({ verb: 'unlock', membership: this.#membership, device: this.#device }).catch((error) => {
      this.#unlocked = null
      throw error
    })
    return this.#unlocked
  }

  #ask(verb: Verb): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken)
      this.#waiting.set(++this.#n, { resolve, reject })
      this.#worker.postMessage({ ...verb, n: this.#n })
    })
  }

  #settle(answer: LockerAnswer): void {
    const waiting = this.#waiting.get(answer.n)
    this.#waiting.delete(answer.n)
    if ('results' in answer) waiting?.resolve(answer.results)
    else waiting?.reject(new StoreProblem(answer.failed.code, answer.failed.detail))
  }

  #fail(problem: StoreProblem): void {
    this.#broken = problem
    for (const { reject } of this.#waiting.values()) reject(problem)
    this.#waiting.clear()
  }
}
