/** The code lists on this device: kept readable, asked for anew (by ETag) when the app starts and syncs. */
import { api } from '../api/client.ts'
import { deviceMeta, keepDeviceMeta } from './databases.ts'
import type { CatalogueData, Labels, ListName } from './types.ts'

export type CatalogueList = ListName | 'theme' | 'subtheme' | 'language' | 'nationality' | 'destination' | 'district'

type Labelled = { code: string; labels: Labels }

export class Catalogue {
  data = $state.raw<CatalogueData | null>(null)

  #organisation: string | null = null
  #etag: string | null = null
  readonly #labels = $derived(this.data ? labelsOf(this.data) : null)

  /** Show what this device has for an organisation, or nothing. Works offline. */
  async load(organisationId: string | null): Promise<void> {
    const kept = organisationId ? await deviceMeta(`catalogue/${organisationId}`) : null
    this.#organisation = organisationId
    this.#etag = kept?.etag ?? null
    this.data = kept?.data ?? null
  }

  /** Ask the server whether there is a newer one. Throws ApiProblem, StoreProblem. */
  async revalidate(): Promise<void> {
    const organisation = this.#organisation
    if (!organisation) return
    const headers = this.#etag ? { 'If-None-Match': this.#etag } : {}
    const { data, response } = await api.GET('/api/catalogue', { headers })
    if (response.status === 304 || !data || organisation !== this.#organisation) return
    this.data = data as typeof data & Pick<CatalogueData, 'lists'>
    this.#etag = response.headers.get('ETag')
    if (this.#etag) await keepDeviceMeta({ id: `catalogue/${organisation}`, etag: this.#etag, data: this.data })
  }

  /** Whether a subtheme tells more of somebody than may lie open; one that is not known may tell anything. */
  isSensitive(subtheme: string): boolean {
    const found = this.data?.subthemes.find(({ code }) => code === subtheme)
    return found ? found.sensitive !== null : true
  }

  /** The label of a code; in the organisation's other languages when this one has none, the code when unknown. */
  label(list: CatalogueList, code: string, language: string): string {
    const labels = this.#labels?.get(`${list}/${code}`)
    if (!labels) return code
    return labels[language] ?? labels[language.split('-')[0]!] ?? labels['en'] ?? Object.values(labels)[0] ?? code
  }
}

function labelsOf(data: CatalogueData): Map<string, Labels> {
  const lists: [string, Labelled[]][] = [
    ...Object.entries(data.lists),
    ['theme', data.themes],
    ['subtheme', data.subthemes],
    ['language', data.languages],
    ['nationality', data.nationalities],
    ['destination', data.destinations],
    ['district', data.districts],
  ]
  return new Map(lists.flatMap(([list, entries]) => entries.map(({ code, labels }) => [`${list}/${code}`, labels] as const)))
}
