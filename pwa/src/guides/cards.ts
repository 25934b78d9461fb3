/** From a published guide to what the app keeps of it, and to the address where it is read. Pure. */
import type { GuideCard, GuideDocument, GuideStep } from './wire.ts'

export function cardOf(guide: GuideDocument, digest: string): GuideCard {
  const steps = guide.sections.flatMap((section) => section.steps)
  const tags = Object.keys(guide.texts)
  return {
    code: guide.code,
    digest,
    source: guide.source,
    titles: Object.fromEntries(tags.flatMap((tag) => titleIn(guide, tag))),
    languages: tags
      .map((tag) => {
        const said = steps.map((step) => guide.texts[tag]![`step.${step.id}`]).filter((text) => text !== undefined)
        return {
          tag,
          some: said.length > 0,
          whole: said.length === steps.length,
          machine: said.some(({ state }) => state === 'machine'),
        }
      })
      .filter(({ some }) => some)
      .map(({ tag, whole, machine }) => ({ tag, whole, machine })),
    steps: steps.map((step) => ({
      id: step.id,
      signs: step.signs.map(({ id, overlay }) => ({ id, overlay: overlay ?? null })),
      subthemes: [...(step.subthemes ?? [])],
      texts: Object.fromEntries(tags.flatMap((tag) => sentenceIn(guide, tag, step.id))),
    })),
  }
}

function titleIn(guide: GuideDocument, tag: string): [string, string][] {
  const title = guide.texts[tag]!['title']
  return title ? [[tag, title.text]] : []
}

function sentenceIn(guide: GuideDocument, tag: string, step: string): [string, string][] {
  const sentence = guide.texts[tag]![`step.${step}`]
  return sentence ? [[tag, sentence.text]] : []
}

/** The first step that answers a question; `number` counts from 1. */
export function stepFor(cards: GuideCard[], subtheme: string | null): { card: GuideCard; number: number } | null {
  if (subtheme === null) return null
  for (const card of cards) {
    const index = card.steps.findIndex(({ subthemes }) => subthemes.includes(subtheme))
    if (index >= 0) return { card, number: index + 1 }
  }
  return null
}

/** The languages to show side by side: the worker's own, and that of the person; one where they are the same. */
export function languagesToShow(card: GuideCard, own: string, spoken: string | null): string[] {
  const has = (tag: string): boolean => card.languages.some((language) => language.tag === tag)
  const first = has(own) ? own : card.source
  return spoken && spoken !== first && has(spoken) ? [first, spoken] : [first]
}

/** Where a guide is read: short, because it is printed as a code too. `number` counts steps from 1. */
export function addressOf(card: GuideCard, languages: string[], number?: number): string {
  return `/g/${card.code}/${languages.join('+')}${number ? `#s${number}` : ''}`
}

/** A text in this language, or in the source's. */
export function said(texts: Record<string, string>, card: GuideCard, language: string): { text: string; tag: string } {
  const tag = texts[language] === undefined ? card.source : language
  return { text: texts[tag] ?? '', tag }
}

export function textOf(step: GuideStep, card: GuideCard, language: string): { text: string; tag: string } {
  return said(step.texts, card, language)
}
