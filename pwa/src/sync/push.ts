/** Handing in what waits. */
import { ApiProblem } from '../api/client.ts'
import { batches, halve } from './core/batch.ts'
import type { Outbox } from './outbox.ts'
import { transport } from './transport.ts'

/**
 * Hand in everything that is not settled, and once more what the server still holds, in the order it was done. What the
 * server refuses as a whole stays where it is and does not block the others; the first such refusal is thrown at the
 * end. Throws ApiProblem.
 */
export async function push(outbox: Outbox, device: string): Promise<void> {
  const waiting = batches((await outbox.open()).map(({ mutation }) => mutation))
  let refusal: ApiProblem | null = null
  for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
    await outbox.markSent(batch.map(({ id }) => id))
    try {
      const answer = await transport.push(device, batch)
      await outbox.settle(answer.results, answer.epoch)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      // Too large, or one of them makes the whole unreadable: halve until the culprit is alone and the others are through.
      const divisible = error.kind === 'too_large' || error.document?.status === 400
      const halves = divisible ? halve(batch) : null
      if (halves) waiting.unshift(...halves)
      else if (error.kind === 'too_large' || error.kind === 'stop') refusal ??= error
      else throw error
    }
  }
  if (refusal) throw refusal
}
