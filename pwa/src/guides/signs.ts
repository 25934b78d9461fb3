/** The drawings that guides show, by the ids that guides use. */
import { catalogue, type Described } from 'virtual:signs'

/** The drawing of a guide's sign: `key` is `sign-key`, `house` shares `theme-HOU`; others go by their full name. */
export function guideSign(id: string): string {
  const name = [`sign-${id}`, id].find((one) => one in catalogue)
  return name ? (catalogue[name]?.same_as ?? name) : 'neutral'
}

/** Sign ids whose keywords hold the words looked for, in the order of the catalogue. Without words: all of them. */
export function findSigns(words: string): string[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (described: Described): boolean => {
    const text = [...described.keywords, described.alt].join(' ').toLowerCase()
    return wanted.every((word) => text.includes(word))
  }
  return Object.entries(catalogue)
    .filter(([name, described]) => name.startsWith('sign-') && fits(described))
    .map(([name]) => name.slice('sign-'.length))
}
