/** The requests by which records travel. Every one throws ApiProblem when the answer is not ours or not good. */
import { SCHEMA } from '../store/databases.ts'
import { ApiProblem, api, call } from '../api/client.ts'
import { canonical } from './core/canonical.ts'
import type { Envelope } from './core/envelope.ts'
import type { Mutation, PullAnswer, PushAnswer, StatusAnswer } from './core/wire.ts'

const PAGE = 500
const ENVELOPES = 'application/vnd.wegwijs.letterbox+json'

type LetterboxBody = { device_id: string; client_time: string; envelopes: Envelope[]; signature: string }

type DeviceState = { app_version: string; storage_persisted: boolean | null; unsent: number; digest_mismatches: number }

export const transport = {
  /** Hand in one batch. One result for each mutation, in its order. */
  async push(device: string, mutations: Mutation[]): Promise<PushAnswer> {
    const body = { device_id: device, schema: SCHEMA, client_time: new Date().toISOString(), mutations }
    const answer = (await call(api.POST('/api/sync/v1/push', { body }))) as PushAnswer
    if (answer.results.length !== mutations.length) throw new ApiProblem('retry')
    // A mutation that could not be read has no id in its result: its place tells.
    const results = answer.results.map((result, index) => ({ ...result, id: result.id ?? mutations[index]!.id }))
    return { epoch: answer.epoch, results }
  },

  /** Hand in sealed envelopes; the device's signature stands in for a session. */
  async letterbox(body: LetterboxBody): Promise<{ receipts: { id: string | null; hash: string }[] }> {
    const headers = { 'Content-Type': ENVELOPES }
    const answer = await call(api.POST('/api/sync/v1/letterbox', { body, headers, bodySerializer: canonical }))
    if (answer.receipts.length !== body.envelopes.length) throw new ApiProblem('retry')
    return answer
  },

  /** Take in envelopes out of a rescue file, at most a hundred. */
  async rescue(envelopes: unknown[]): Promise<{ new: number; duplicate: number; quarantined: number }> {
    const headers = { 'Content-Type': ENVELOPES }
    return call(api.POST('/api/sync/v1/rescue', { body: { envelopes }, headers }))
  },

  /** One page of what changed since `cursor`; from the beginning without one. Scopes in `anew` begin at nothing again. */
  async pull(cursor: string | null, anew: string[] = []): Promise<PullAnswer> {
    const query = { limit: PAGE, ...(cursor !== null && { cursor }), ...(anew.length > 0 && { anew: anew.join() }) }
    const page = (await call(api.GET('/api/sync/v1/pull', { params: { query } }))) as PullAnswer
    return { ...page, scope_removed: page.scope_removed ?? [] }
  },

  /** Throws ApiProblem `signed_out` when the session is not that of this device. */
  async confirmDevice(device: string): Promise<void> {
    const me = await call(api.GET('/api/me'))
    if (me.device_id !== device) throw new ApiProblem('signed_out')
  },

  async status(): Promise<StatusAnswer> {
    return (await call(api.GET('/api/sync/v1/status'))) as StatusAnswer
  },

  /** What the administrator sees of this device. */
  async reportDevice(state: DeviceState): Promise<void> {
    await call(api.POST('/api/me/device', { body: { ...state, schema: SCHEMA } }))
  },
}
