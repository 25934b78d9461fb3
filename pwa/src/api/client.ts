/**
 * The typed client: paths and bodies come from the server's own description (schema.d.ts, `scripts/generate_api`).
 * Each answer is judged before anybody reads it (sync/core/answer.ts): a captive portal's page with status 200 and a
 * proxy's 404 look like a missing network, not like an answer of ours.
 */
import createClient from 'openapi-fetch'
import { type ProblemDocument, isRecord, judge } from '../sync/core/answer.ts'
import type { paths } from './schema.d.ts'

/** After this time without an answer the request counts as lost. Milliseconds. */
const PATIENCE = 30_000

/**
 * `offline`: no answer, or not ours. `retry`: ours, but not now. `signed_out`: the session has ended. `too_large`: send
 * less. `stop`: ours and final; `document.code` says why.
 */
export type ApiProblemKind = 'offline' | 'retry' | 'signed_out' | 'too_large' | 'stop'

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly kind: ApiProblemKind
  readonly document: ProblemDocument | null
  /** milliseconds that the server asked to wait */
  readonly retryAfter: number

  constructor(kind: ApiProblemKind, document: ProblemDocument | null = null, retryAfter = 0) {
    super(document ? `${kind}: ${document.code}` : kind)
    this.kind = kind
    this.document = document
    this.retryAfter = retryAfter
  }
}

/** What tells our answer from any other JSON, where a wrong guess would settle records. */
const SHAPES: Record<string, (body: unknown) => boolean> = {
  '/api/sync/v1/push': (body) => isRecord(body) && typeof body['epoch'] === 'string' && Array.isArray(body['results']),
  '/api/sync/v1/pull': (body) =>
    isRecord(body) && typeof body['epoch'] === 'string' && typeof body['cursor'] === 'string' && Array.isArray(body['changes']),
  '/api/sync/v1/letterbox': (body) => isRecord(body) && Array.isArray(body['receipts']),
  '/api/sync/v1/rescue': (body) => isRecord(body) && Array.isArray(body['receipts']),
  '/api/guides/unclear': (body) => Array.isArray(body),
  '/api/sync/v1/status': (body) => isRecord(body) && body['ok'] === true && typeof body['seq'] === 'number',
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: judgedFetch })

/** The data of a call. Throws ApiProblem for everything that is not a good answer of ours. */
export async function call<Data>(request: Promise<{ data?: Data }>): Promise<Exclude<Data, undefined>> {
  return (await request).data as Exclude<Data, undefined>
}

async function judgedFetch(request: Request): Promise<Response> {
  const { response, body } = await send(request)
  if (response.status === 304 && request.headers.has('If-None-Match')) return new Response(null, response)
  const raw = {
    status: response.status,
    contentType: response.headers.get('Content-Type'),
    retryAfter: response.headers.get('Retry-After'),
    body,
  }
  const isOurs = SHAPES[new URL(request.url).pathname] ?? ((data: unknown) => data === null || isRecord(data))
  const answer = judge(raw, Date.now(), isOurs)
  if (answer.kind === 'ok') return new Response(answer.body === null ? null : body, response)
  if (answer.kind !== 'retry') throw new ApiProblem(answer.kind, answer.document)
  throw new ApiProblem(answer.document ? 'retry' : 'offline', answer.document, answer.after)
}

async function send(request: Request): Promise<{ response: Response; body: string }> {
  try {
    const response = await fetch(request, { redirect: 'error', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
    return { response, body: await response.text() }
  } catch {
    throw new ApiProblem('offline')
  }
}
