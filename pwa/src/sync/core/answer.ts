/**
 * What an answer means for the queue. Between phone and server stand captive portals, proxies and virus scanners that
 * answer in our place: only what is provably ours (our JSON, our problem documents) may stop or settle anything.
 */

export type ProblemDocument = {
  type: string
  title: string
  status: number
  code: string
  number: number
  detail: string
  [member: string]: unknown
}

/** The parts of a response that are judged. `body` is the text as it came. */
export type RawAnswer = { status: number; contentType: string | null; retryAfter: string | null; body: string }

export type Answer =
  | { kind: 'ok'; body: unknown }
  | { kind: 'retry'; after: number; document: ProblemDocument | null }
  | { kind: 'signed_out'; document: ProblemDocument }
  | { kind: 'too_large'; document: ProblemDocument | null }
  | { kind: 'stop'; document: ProblemDocument }

const TRY_AGAIN = new Set([408, 425, 429])

/** Judge one answer. `isOurs` says whether a decoded body has the shape that this route answers with. */
export function judge(raw: RawAnswer, now: number, isOurs: (body: unknown) => boolean): Answer {
  const retry = (document: ProblemDocument | null): Answer => ({
    kind: 'retry',
    after: retryAfter(raw.retryAfter, now),
    document,
  })
  if (raw.status === 204) return isOurs(null) ? { kind: 'ok', body: null } : retry(null)
  if (raw.status >= 200 && raw.status < 300) {
    const body = mediaType(raw) === 'application/json' ? decode(raw.body) : undefined
    return body !== undefined && isOurs(body) ? { kind: 'ok', body } : retry(null)
  }
  const document = problemDocument(raw)
  if (raw.status === 413) return { kind: 'too_large', document }
  if (document === null || raw.status >= 500 || TRY_AGAIN.has(raw.status)) return retry(document)
  return { kind: raw.status === 401 ? 'signed_out' : 'stop', document }
}

/** Milliseconds asked for by a Retry-After header (seconds or a date), at most an hour. */
export function retryAfter(header: string | null, now: number): number {
  if (!header) return 0
  const seconds = Number(header)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 3_600_000) : 0
}

function problemDocument(raw: RawAnswer): ProblemDocument | null {
  if (mediaType(raw) !== 'application/problem+json') return null
  const body = decode(raw.body)
  const ours =
    isRecord(body) &&
    typeof body['code'] === 'string' &&
    typeof body['number'] === 'number' &&
    body['status'] === raw.status &&
    String(body['type']).startsWith('/problems/')
  return ours ? (body as ProblemDocument) : null
}

function mediaType(raw: RawAnswer): string {
  return (raw.contentType ?? '').split(';')[0]!.trim().toLowerCase()
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
