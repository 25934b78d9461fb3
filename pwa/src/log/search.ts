/** Search over labels and aliases in all languages at once: a worker types the word that the person used. */
import type { Language, Subtheme } from '../store/types.ts'

/** Letters without their accents, in lower case: "Crèche" is found by "creche". */
export function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[أإآ]/g, 'ا')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** 0 no match; higher is better: the whole text, its beginning, the beginning of a word, anywhere. */
function closeness(text: string, wanted: string): number {
  if (text === wanted) return 4
  if (text.startsWith(wanted)) return 3
  if (text.includes(` ${wanted}`)) return 2
  return text.includes(wanted) ? 1 : 0
}

function best<T>(entries: readonly T[], textsOf: (entry: T) => string[], query: string): T[] {
  const wanted = folded(query)
  if (wanted === '') return [...entries]
  return entries
    .map((entry, index) => {
      const scores = textsOf(entry).map((text) => closeness(folded(text), wanted))
      return { entry, index, score: Math.max(0, ...scores) }
    })
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .map(({ entry }) => entry)
}

export function searchSubthemes(subthemes: readonly Subtheme[], query: string): Subtheme[] {
  return best(subthemes, (one) => [...Object.values(one.labels), ...one.aliases], query)
}

export function searchLanguages(languages: readonly Language[], query: string): Language[] {
  return best(languages, (one) => [one.own_name, one.code, ...Object.values(one.labels)], query)
}
