/** Words of the catalogue in the language of the interface. */
import { catalogue } from '../engine.ts'
import type { CatalogueData, Labels, ListEntry, ListName, Subtheme } from '../store/types.ts'
import { _, words } from '../words/words.svelte.ts'

export type Labelled = { code: string; labels: Labels; short?: Labels }

/** The languages labels are written in: an interface in another one shows Dutch words, marked as such. */
export function labelLanguage(): string {
  const known = Object.keys(catalogue.data?.themes[0]?.labels ?? {})
  return known.includes(words.tag) ? words.tag : 'nl'
}

/** What `lang` an element with a label needs: none where the label is in the language of the page. */
export function labelLang(): string | undefined {
  const language = labelLanguage()
  return language === words.tag ? undefined : language
}

export function labelOf(entry: Labelled): string {
  return entry.labels[words.tag] ?? entry.labels['nl'] ?? entry.labels['en'] ?? entry.code
}

/** The words that fit on a tile. */
export function tileWord(entry: Labelled): string {
  return entry.short?.[labelLanguage()] ?? labelOf(entry)
}

/** The label of a code that a record carries; hidden and retired codes still have theirs. */
export function label(entries: readonly Labelled[] | undefined, code: string): string {
  const entry = entries?.find((one) => one.code === code)
  return entry ? labelOf(entry) : code
}

export function listLabel(list: ListName, code: string): string {
  return label(catalogue.data?.lists[list], code)
}

export function subtheme(code: string): Subtheme | undefined {
  return catalogue.data?.subthemes.find((one) => one.code === code)
}

/** The entries of a list that this organisation offers, plus the one a record already has. */
export function offered(list: ListName, kept: string | null = null): ListEntry[] {
  const entries = catalogue.data?.lists[list] ?? []
  return entries.filter((one) => !(one.hidden || one.off || one.retired) || one.code === kept)
}

type Places = 'districts' | 'destinations'

export function offeredPlaces(kind: Places, kept: string | null = null): Labelled[] {
  return (catalogue.data?.[kind] ?? []).filter((one) => !one.hidden || one.code === kept)
}

/** The word for a language; the catalogue's own name where it has no label. */
export function languageWord(data: CatalogueData | null, code: string): string {
  const found = data?.languages.find((one) => one.code === code)
  return found ? (found.labels[words.tag] ?? found.labels['nl'] ?? found.own_name) : code
}

/** One help request in a list that others may see over a shoulder: a sensitive one only says that there is one. */
export function requestWord(code: string): string {
  const found = subtheme(code)
  if (found?.sensitive) return _('1 question')
  if (found) return labelOf(found)
  // Before the first catalogue has come, a code would say nothing to anybody.
  return catalogue.data ? code : _('1 question')
}
