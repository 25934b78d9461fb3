/** What the log learns from its worker, readable without unlocking: last setting, languages, subthemes by use. */
import { type StoredPreferences, deviceMeta, keepDeviceMeta } from './databases.ts'
import type { LogEntry } from './types.ts'

const NOTHING: StoredPreferences = { last_setting: null, own_languages: null, language_counts: {}, subtheme_counts: {} }

export class Preferences {
  #membership: string | null = null
  #kept = $state.raw<StoredPreferences>(NOTHING)

  readonly lastSetting = $derived(this.#kept.last_setting)
  /** The worker's own choice, else the languages by use. */
  readonly languages = $derived(this.#kept.own_languages ?? byUse(this.#kept.language_counts))
  readonly subthemes = $derived(byUse(this.#kept.subtheme_counts))

  async load(membershipId: string | null): Promise<void> {
    const found = membershipId ? await deviceMeta(`preferences/${membershipId}`) : null
    this.#membership = membershipId
    this.#kept = found?.preferences ?? NOTHING
  }

  /** The languages to offer first; an empty choice goes back to those most used. */
  async chooseLanguages(codes: string[]): Promise<void> {
    await this.#keep({ ...this.#kept, own_languages: codes.length ? [...codes] : null })
  }

  /** Learn from a contact that was saved. This lies open on the device, so nothing `sensitive` is learned. */
  async learn(entry: LogEntry, sensitive: (subtheme: string) => boolean): Promise<void> {
    const { language, setting } = entry.contact
    await this.#keep({
      ...this.#kept,
      last_setting: setting ?? this.#kept.last_setting,
      language_counts: counted(this.#kept.language_counts, [language]),
      subtheme_counts: counted(
        this.#kept.subtheme_counts,
        entry.requests.map(({ subtheme }) => (subtheme && sensitive(subtheme) ? null : subtheme)),
      ),
    })
  }

  async #keep(preferences: StoredPreferences): Promise<void> {
    this.#kept = preferences
    if (this.#membership) await keepDeviceMeta({ id: `preferences/${this.#membership}`, preferences })
  }
}

function counted(counts: Record<string, number>, codes: (string | null)[]): Record<string, number> {
  const next = { ...counts }
  for (const code of codes) if (code) next[code] = (next[code] ?? 0) + 1
  return next
}

function byUse(counts: Record<string, number>): string[] {
  return Object.keys(counts).sort((a, b) => counts[b]! - counts[a]!)
}
