/** A request for a screen, outside the synchronisation: where the session has ended, the device signs in again first. */
import { ApiProblem } from '../api/client.ts'
import { session } from '../engine.ts'

/** The answer to `request`, which is made once more after signing in again. Throws ApiProblem, StoreProblem. */
export async function ask<Data>(request: () => Promise<Data>): Promise<Data> {
  try {
    return await request()
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.kind !== 'signed_out') throw error
    await session.signInAgain()
    return await request()
  }
}
