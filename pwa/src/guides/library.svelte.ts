/** The guides of the organisation as this device knows them: kept readable, asked for anew after each sync. */
import { api, call } from '../api/client.ts'
import { deviceMeta, keepDeviceMeta } from '../store/databases.ts'
import { cardOf } from './cards.ts'
import type { GuideCard } from './wire.ts'

export class GuideLibrary {
  cards = $state.raw<GuideCard[]>([])
  /** Whether the guides can be read at this host: with several organisations on one, a host of each is named. */
  readHere = $state(false)

  #organisation: string | null = null

  /** Show what this device has for an organisation, or nothing. Works offline. */
  async load(organisationId: string | null): Promise<void> {
    const kept = organisationId ? await deviceMeta(`guides/${organisationId}`) : null
    this.#organisation = organisationId
    this.cards = kept?.cards ?? []
    this.readHere = kept?.readHere ?? false
  }

  /** Fetch what was published meanwhile; a version that is here already is not asked for again. Throws ApiProblem, StoreProblem. */
  async revalidate(): Promise<void> {
    const organisation = this.#organisation
    if (!organisation) return
    const { bundles, read_here: readHere } = await call(api.GET('/api/guides/bundles'))
    const cards = await Promise.all(
      Object.entries(bundles)
        .sort()
        .map(([code, digest]) => this.#known(code, digest) ?? fetchCard(code, digest)),
    )
    const same = cards.length === this.cards.length && cards.every((card) => this.cards.includes(card))
    if ((same && readHere === this.readHere) || organisation !== this.#organisation) return
    await keepDeviceMeta({ id: `guides/${organisation}`, cards, readHere })
    this.cards = cards
    this.readHere = readHere
  }

  #known(code: string, digest: string): GuideCard | undefined {
    return this.cards.find((card) => card.code === code && card.digest === digest)
  }
}

async function fetchCard(code: string, digest: string): Promise<GuideCard> {
  return cardOf(await call(api.GET('/api/guides/bundle/{code}/{digest}', { params: { path: { code, digest } } })), digest)
}
