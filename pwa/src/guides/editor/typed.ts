/**
 * What an editor typed and the server does not have yet. It lies in the browser's storage, one entry a part, so that a
 * failed save, a closed tab or another tab of the same person loses nothing. It tells nothing of a newcomer: guides are
 * public.
 */
import type { Content } from './wire.ts'

/** `seen` is the revision that was on the screen when typing began: what tells a clash. Null takes the part out. */
export type Typed = { seen: string; content: Content | null }
export type TypedParts = Record<string, Typed>

export function keyOf(language: string, part: string): string {
  return `${language}|${part}`
}

export function nameOf(key: string): [language: string, part: string] {
  const bar = key.indexOf('|')
  return [key.slice(0, bar), key.slice(bar + 1)]
}

export class TypedStore {
  readonly #prefix: string

  constructor(membership: string, code: string) {
    this.#prefix = `wegwijs/guide/${membership}/${code}/`
  }

  read(): TypedParts {
    const found: TypedParts = {}
    for (let index = 0; index < localStorage.length; index += 1) {
      const key = localStorage.key(index)!
      if (!key.startsWith(this.#prefix)) continue
      try {
        found[key.slice(this.#prefix.length)] = JSON.parse(localStorage.getItem(key)!) as Typed
      } catch {
        localStorage.removeItem(key) // nothing that anybody typed
      }
    }
    return found
  }

  /** False where the storage has no room: what was typed is on the screen only. */
  write(key: string, typed: Typed | null): boolean {
    try {
      if (typed) localStorage.setItem(this.#prefix + key, JSON.stringify(typed))
      else localStorage.removeItem(this.#prefix + key)
      return true
    } catch {
      return false
    }
  }
}
