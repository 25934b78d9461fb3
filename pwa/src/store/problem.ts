/** What can go wrong on the device itself. After each of these nothing was saved, and what was typed is still there. */

/**
 * `full`: no room. `blocked`: another tab holds an old version of the store. `broken`: the store cannot be used.
 * `unreadable`: a row cannot be opened with this device's key. `unsupported`: the browser lacks what `detail` names.
 */
export type StoreProblemCode = 'full' | 'blocked' | 'broken' | 'unreadable' | 'unsupported'

export class StoreProblem extends Error {
  override readonly name = 'StoreProblem'
  readonly code: StoreProblemCode
  readonly detail: string

  constructor(code: StoreProblemCode, detail = '', cause?: unknown) {
    super(`${code}${detail && `: ${detail}`}`, { cause })
    this.code = code
    this.detail = detail
  }
}

/** Any failure of the store as a StoreProblem. */
export function storeProblem(error: unknown): StoreProblem {
  if (error instanceof StoreProblem) return error
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  return new StoreProblem(name === 'QuotaExceededError' ? 'full' : 'broken', name || String(error), error)
}
