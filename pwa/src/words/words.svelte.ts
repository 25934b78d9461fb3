/**
 * The words of the interface. A message is its English text; `_` and `_n` give it in the chosen language and, read in a
 * template, follow a change of language. The source language of our users (Dutch) is part of the entry, so that the first
 * screen needs no second request; the others are files of their own, found through `/words.json`.
 */
import { languages, source } from 'virtual:words'

export type Values = Record<string, string | number>

class Words {
  private catalogue = $state.raw(source)

  get tag(): string {
    return this.catalogue.tag
  }

  get dir(): 'ltr' | 'rtl' {
    return this.catalogue.dir
  }

  /** What dates and numbers are formatted by. */
  get intl(): string {
    return this.catalogue.intl
  }

  /** A machine translated, and nobody has checked it. */
  get machine(): boolean {
    return this.catalogue.machine
  }

  text(message: string): string {
    const found = this.catalogue.messages[message]
    return typeof found === 'string' ? found : message
  }

  /** `plural` holds the form of 0 to 199; above, forms repeat by hundreds in every language we have. */
  form(message: string, plural: string, n: number): string {
    const found = this.catalogue.messages[message]
    if (!Array.isArray(found)) return n === 1 ? message : plural
    const digit = this.catalogue.plural[n < 200 ? n : 100 + (n % 100)]
    return found[Number(digit)] ?? plural
  }

  /** Takes over a language; false where its words cannot be had (first time, no network): the old one stays. */
  async choose(tag: string): Promise<boolean> {
    const chosen = tag === source.tag ? source : await load(tag)
    if (!chosen) return false
    this.catalogue = chosen
    document.documentElement.lang = chosen.tag
    document.documentElement.dir = chosen.dir
    return true
  }
}

async function load(tag: string): Promise<typeof source | null> {
  try {
    const addresses = (await (await fetch('/words.json')).json()) as Record<string, string>
    const address = addresses[tag]
    if (!address) return null
    const answer = await fetch(address)
    return answer.ok ? ((await answer.json()) as typeof source) : null
  } catch {
    return null
  }
}

export const words = new Words()
export { languages }

/** The message in the chosen language, `{name}` replaced by `values.name`. */
export function _(message: string, values: Values = {}): string {
  return fill(words.text(message), values)
}

/** The form of a message that fits `n`; `{n}` is replaced by it. */
export function _n(one: string, many: string, n: number, values: Values = {}): string {
  return fill(words.form(one, many, n), { n: number(n), ...values })
}

/** A number as the chosen language writes it. */
export function number(n: number): string {
  return new Intl.NumberFormat(words.intl).format(n)
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

const CHOSEN = 'wegwijs/language'

/** The language chosen on this device, else the first of the browser's that we have, else the organisation's, else Dutch. */
export function preferredLanguage(organisation?: string): string {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages, organisation]
  for (const one of wanted) {
    const tag = one?.split('-')[0]
    if (tag && languages.some((language) => language.tag === tag)) return tag
  }
  return source.tag
}

export async function chooseLanguage(tag: string): Promise<boolean> {
  const done = await words.choose(tag)
  if (done) localStorage.setItem(CHOSEN, tag)
  return done
}
