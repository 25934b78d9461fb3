/** The drawings that guides show, by the ids that guides use, and what they show in the worker's language. */
import { catalogue } from 'virtual:signs'

/** What each drawing shows, by its English text. */
export type SignWords = Readonly<Record<string, string>>

const catalogues = import.meta.glob<{ default: SignWords }>('./generated/*.json')

/** The drawing of a guide's sign: `key` is `sign-key`, `house` shares `theme-HOU`; others go by their full name. */
export function guideSign(id: string): string {
  const name = nameOf(id)
  return name ? (catalogue[name]?.same_as ?? name) : 'neutral'
}

/** Fetches what the drawings show in a language; in English where there is no catalogue of it. */
export async function signWords(tag: string): Promise<SignWords> {
  return (await catalogues[`./generated/${tag}.json`]?.())?.default ?? {}
}

/** What a sign shows. */
export function signLabel(id: string, words: SignWords): string {
  const alt = catalogue[nameOf(id) ?? '']?.alt ?? ''
  return words[alt] ?? alt
}

/** Sign ids of which the keywords or the label hold all words looked for. Without words: all signs. */
export function findSigns(looked: string, words: SignWords): string[] {
  const wanted = looked.toLowerCase().split(/\s+/).filter(Boolean)
  return Object.entries(catalogue)
    .filter(([name, { keywords, alt }]) => {
      const text = [...keywords, alt, words[alt] ?? ''].join(' ').toLowerCase()
      return name.startsWith('sign-') && wanted.every((word) => text.includes(word))
    })
    .map(([name]) => name.slice('sign-'.length))
}

function nameOf(id: string): string | undefined {
  return [`sign-${id}`, id].find((name) => name in catalogue)
}
