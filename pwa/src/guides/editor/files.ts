/** Files for translators: out, and back in two steps: what a file would change, then taking it over. */
import { ApiProblem } from '../../api/client.ts'
import { ask } from '../../people/ask.ts'
import { isRecord } from '../../sync/core/answer.ts'
import { call, api } from '../../api/client.ts'
import type { Finding, Imported } from './wire.ts'

export type FileKind = 'po' | 'xlsx'

const TYPES: Record<FileKind, string> = {
  po: 'text/x-gettext-translation',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** What kind a file is, by its name; null for one that is neither. */
export function kindOf(file: File): FileKind | null {
  const name = file.name.toLowerCase()
  return name.endsWith('.po') ? 'po' : name.endsWith('.xlsx') ? 'xlsx' : null
}

/** Fetch a file and give it to the browser to keep. Throws ApiProblem. */
export async function download(code: string, language: string, kind: FileKind): Promise<void> {
  const query = new URLSearchParams({ code, language })
  const blob = await ask(async () => {
    let answer: Response
    try {
      answer = await fetch(`/api/guides/files/${kind}?${query}`, { redirect: 'error', cache: 'no-store' })
    } catch {
      throw new ApiProblem('offline')
    }
    if (answer.status === 401) throw new ApiProblem('signed_out')
    if (!answer.ok || !answer.headers.get('Content-Type')?.startsWith(TYPES[kind])) throw new ApiProblem('retry')
    return answer.blob()
  })
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = `${code}-${language}.${kind}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** What a file would change (`dry`), or take it over. Throws ApiProblem; `reasons` says why a file is refused. */
export async function send(code: string, language: string, file: File, kind: FileKind, dry: boolean): Promise<Imported> {
  const options = {
    params: { query: { code, language, dry } },
    body: file as never,
    bodySerializer: (body: unknown) => body as Blob,
    headers: { 'Content-Type': TYPES[kind] },
  }
  return ask(async () => {
    if (kind === 'po') return (await call(api.POST('/api/guides/files/po', options as never))) as Imported
    return (await call(api.POST('/api/guides/files/xlsx', options as never))) as Imported
  })
}

/** Every place that is wrong in a file that was refused. */
export function reasons(error: unknown): Finding[] {
  const found = error instanceof ApiProblem && isRecord(error.document) ? error.document['findings'] : null
  return Array.isArray(found) ? (found as Finding[]) : []
}
