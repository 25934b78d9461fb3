/** What the parts of a guide are called, and what is wrong with them, in the words of the interface. */
import { catalogue } from '../../engine.ts'
import type { IconName } from '../../look/icons.ts'
import { label, labelLang, languageWord } from '../../look/labels.ts'
import { longDay } from '../../look/time.ts'
import { _, number } from '../../words/words.svelte.ts'
import { type SignWords, signLabel } from '../signs.ts'
import type { Studio } from './studio.svelte.ts'
import {
  type About,
  type Content,
  type FieldPart,
  type Finding,
  type Loose,
  type Order,
  STRUCTURE,
  type StepPart,
  type TextState,
  halves,
} from './wire.ts'

export function directionOf(language: string): 'ltr' | 'rtl' {
  return catalogue.data?.languages.find(({ code }) => code === language)?.direction ?? 'ltr'
}

export function languageName(language: string): string {
  return languageWord(catalogue.data, language)
}

/** The sign of a state, beside its word. */
export const SIGNS: Readonly<Record<TextState, IconName>> = {
  missing: 'close',
  machine: 'question',
  draft: 'pencil',
  reviewed: 'check',
  outdated: 'clock',
}

/** One word for a state, beside its sign. */
export function stateShort(state: TextState): string {
  const said = {
    missing: _('missing'),
    machine: _('by a machine'),
    draft: _('not checked'),
    reviewed: _('checked'),
    outdated: _('outdated'),
  }
  return said[state]
}

export type Kind = StepPart['kind']
export const KINDS: readonly Kind[] = ['info', 'do', 'warning', 'checklist', 'amount', 'contact']

export function kindWord(kind: Kind): string {
  const said = {
    info: _('good to know'),
    do: _('something to do'),
    warning: _('a warning'),
    checklist: _('a list to go through'),
    amount: _('an amount'),
    contact: _('whom to ask'),
  }
  return said[kind]
}

export type Overlay = 'check' | 'cross' | 'clock' | 'arrow'
export const OVERLAYS: readonly Overlay[] = ['check', 'cross', 'clock', 'arrow']

export function overlayWord(overlay: Overlay): string {
  const said = { check: _('with a tick'), cross: _('crossed out'), clock: _('with a clock'), arrow: _('with an arrow') }
  return said[overlay]
}

export function fieldKindWord(kind: FieldPart['kind']): string {
  const said = { amount: _('amount in euros'), phone: _('telephone number'), term: _('a number'), text: _('words') }
  return said[kind]
}

/** In what capacity a text was found right, as the codes that phones hand in. */
export const CAPACITIES = ['native', 'fluent', 'interpreter'] as const

export function capacityWord(capacity: string): string {
  const said: Record<string, () => string> = {
    native: () => _('by somebody who grew up with it'),
    fluent: () => _('by somebody who speaks it well'),
    interpreter: () => _('by an interpreter'),
  }
  return said[capacity]?.() ?? capacity
}

/** What a message is in its guide: "Title", "Deadline", the name of a section. */
export function messageKind(message: string): string {
  const [kind] = halves(message)
  const said: Record<string, () => string> = {
    title: () => _('Title'),
    summary: () => _('What it is about'),
    section: () => _('Name of the section'),
    step: () => _('Sentence'),
    deadline: () => _('Deadline'),
    bring: () => _('To bring along'),
    field: () => _('What the fact is'),
  }
  return said[kind]?.() ?? message
}

/** The place of a part in words: "Arabic: sentence of step 3". */
export function placeWord(studio: Studio, language: string, part: string): string {
  const [kind, id] = halves(part)
  const inLanguage = language === STRUCTURE ? '' : `${languageName(language)} · `
  if (part === 'about') return _('Dates')
  if (part === 'order') return _('Order of the steps')
  if (kind === 'step' || kind === 'deadline') {
    const at = stepNumber(studio, id)
    const step = at ? _('Step {n}', { n: number(at) }) : _('A step')
    return inLanguage + (kind === 'deadline' ? `${step}: ${_('Deadline')}` : step)
  }
  if (kind === 'field' && language === STRUCTURE) return `${_('Fact')}: ${studio.said(part) || id}`
  if (!part) return languageName(language)
  return inLanguage + messageKind(part)
}

export function stepNumber(studio: Studio, id: string): number {
  return studio.order.sections.flatMap(({ steps }) => steps).indexOf(id) + 1
}

/** Where a part is edited. */
export function hrefOf(studio: Studio, language: string, part: string): string {
  const base = `/guides/${studio.code}`
  const [kind, id] = halves(part)
  if (language !== STRUCTURE && language !== studio.draft?.source) return `${base}/texts#${language}`
  if (kind === 'field') return `${base}/facts`
  if (kind === 'deadline') return `${base}#step.${id}`
  if (kind === 'bring') {
    const user = Object.entries(studio.draft?.steps ?? {}).find(([, step]) => step.content.bring.includes(id))
    return user ? `${base}#step.${user[0]}` : base
  }
  return kind === 'step' || kind === 'section' ? `${base}#${part}` : `${base}#title`
}

export type Line = { text: string; lang?: string | undefined; dir?: 'ltr' | 'rtl' | undefined }

/** What a part says, line by line, to be put beside another version of it. */
export function linesOf(studio: Studio, language: string, part: string, content: Loose | Content | null, signs: SignWords): Line[] {
  if (content === null) return [{ text: _('taken out') }]
  const source = studio.draft?.source
  if (language !== STRUCTURE) {
    const { text, state } = content as { text: string; state: TextState }
    return [{ text, lang: language, dir: directionOf(language) }, { text: stateShort(state) }]
  }
  if (part === 'about') return aboutLines(content as About)
  if (part === 'order') {
    return (content as Order).sections.flatMap(({ id, steps }) => [
      { text: `${studio.said(`section.${id}`) || id}:`, lang: source },
      ...steps.map((step) => ({ text: studio.said(`step.${step}`) || step, lang: source })),
    ])
  }
  return halves(part)[0] === 'field' ? fieldLines(content as FieldPart) : stepLines(studio, content as StepPart, signs)
}

function aboutLines({ valid_as_of, check_again_by }: About): Line[] {
  return [
    { text: _('The facts hold since {day}', { day: longDay(valid_as_of) }) },
    { text: _('Check again by {day}', { day: longDay(check_again_by) }) },
  ]
}

function fieldLines(field: FieldPart): Line[] {
  return [
    { text: field.value || _('not filled in') },
    { text: [fieldKindWord(field.kind), field.scope === 'local' ? _('of your town') : _('of the law')].join(' · ') },
    ...(field.source ? [{ text: field.source }] : []),
    ...(field.checked_on ? [{ text: _('checked on {day}', { day: longDay(field.checked_on) }) }] : []),
  ]
}

function stepLines(studio: Studio, step: StepPart, signs: SignWords): Line[] {
  const source = studio.draft?.source
  const shown = step.signs.map(({ id, overlay }) => {
    return overlay ? `${signLabel(id, signs)} (${overlayWord(overlay)})` : signLabel(id, signs)
  })
  return [
    { text: kindWord(step.kind) },
    { text: shown.join(' · ') },
    ...(step.deadline ? [{ text: _('Deadline') }] : []),
    ...(step.bring ?? []).map((item) => ({ text: studio.said(`bring.${item}`) || item, lang: source })),
    ...(step.fields ?? []).map((field) => ({ text: studio.said(`field.${field}`) || field, lang: source })),
    ...(step.subthemes ?? []).map((code) => ({ text: label(catalogue.data?.subthemes, code), lang: labelLang() })),
  ]
}

/** What is wrong, translated by its code; the server's own English where there is no translation. */
export function findingText(finding: Finding): Line {
  const said: Record<string, () => string> = {
    clash: () => _('Two people changed the same part. Choose one, or merge both.'),
    missing: () => _('There is no text in the source language.'),
    empty: () => _('The text is empty. Take it out, or write it.'),
    too_long: () => _('The text is too long: at most 120 letters.'),
    long: () => _('The text is long. A short sentence has at most 90 letters.'),
    amount_in_text: () => _('An amount stands in the sentence. Amounts change fast: make it a fact with a source.'),
    markup: () => _('Words only: no links, no signs such as < and >.'),
    invisible: () => _('There is an invisible sign in the text. Type it anew.'),
    wrong_script: () => _('These texts are not in the script of the language.'),
    signs: () => _('A step has one to three pictograms.'),
    no_pictogram: () => _('There is no such pictogram.'),
    no_subtheme: () => _('There is no such subtheme.'),
    bad_value: () => _('This is not written as it should be: an amount such as 932.93, a bare number, or a telephone number.'),
    no_value: () => _('A fact of the law needs a value.'),
    no_source: () => _('A fact of the law needs its source and the day it was checked.'),
    bad_source: () => _('The source is a web address.'),
    dates: () => _('“Check again by” comes after the day since when the facts hold.'),
    steps: () => _('A guide has 1 to 60 steps.'),
    order: () => _('Somebody added or took out a step meanwhile. Order the steps again.'),
    placed: () => _('Take the step out instead.'),
    no_place: () => _('The step is not in the guide any more.'),
    no_field: () => _('The step shows a fact that does not exist.'),
    duplicate_id: () => _('This stands there twice.'),
    bad_id: () => _('Only the letters a to z, digits and hyphens.'),
    no_language: () => _('This is no language that can be used here.'),
    no_reviewer: () => _('Say how the one who checked it knows the language.'),
    another_guide: () => _('This file belongs to another guide.'),
    another_language: () => _('This file is in another language.'),
    source_language: () => _('Texts of the source language are changed here, not in files.'),
    no_message: () => _('The guide has no such text.'),
    no_head: () => _('The file does not say of which guide and language it is. Download it anew.'),
    not_po: () => _('This is no PO file.'),
    not_xlsx: () => _('This is no spreadsheet (XLSX).'),
    too_large: () => _('The file is too large.'),
    merged_cells: () => _('There are merged cells in the table. Take them apart.'),
    formula: () => _('There is a formula in the table. Only words are taken.'),
    plural: () => _('There are plural forms in the file. Texts of guides have none.'),
    no_id: () => _('There is a row without its name. Download the file anew.'),
    no_texts: () => _('There are no texts in the file.'),
  }
  const own = said[finding.code]?.()
  return own === undefined ? { text: finding.message, lang: 'en', dir: 'ltr' } : { text: own }
}
