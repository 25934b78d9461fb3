/** Every field of a record as people read it: its name, its answers, and the answers to choose from. */
import { catalogue } from '../engine.ts'
import type { EntityName, ListName } from '../store/types.ts'
import type { Json } from '../sync/core/wire.ts'
import { _, number } from '../words/words.svelte.ts'
import { type Labelled, label, labelLang, labelOf, languageWord, listLabel, offered, offeredPlaces, subtheme } from './labels.ts'
import { actionSign, settingSign, subthemeSign, themeSign } from './pictograms.ts'
import { moment } from './time.ts'

/** How an answer is given. `place` and `subtheme` are lists of their own in the catalogue. */
export type FieldKind =
  | 'list'
  | 'lists'
  | 'language'
  | 'nationality'
  | 'district'
  | 'destination'
  | 'theme'
  | 'subtheme'
  | 'yes'
  | 'number'
  | 'text'
  | 'instant'
  | 'precision'
  | 'fixed'

type Known = { name: () => string; kind: FieldKind; list?: ListName }

const coded = (name: () => string, list: ListName, kind: FieldKind = 'list'): Known => ({ name, kind, list })

const FIELDS: Record<string, Known> = {
  occurred_at: { name: () => _('When'), kind: 'instant' },
  date_precision: { name: () => _('How exactly the time is known'), kind: 'precision' },
  setting: coded(() => _('Where'), 'setting'),
  language: { name: () => _('Language'), kind: 'language' },
  group_size: { name: () => _('Number of people'), kind: 'number' },
  duration: { name: () => _('How long'), kind: 'number' },
  heavy: { name: () => _('Heavy'), kind: 'yes' },
  referred_by: coded(() => _('Who sent the person'), 'referred_by'),
  interpreting: coded(() => _('Who interpreted'), 'interpreting'),
  gender: coded(() => _('Gender'), 'gender'),
  age_band: coded(() => _('Age'), 'age_band'),
  residence_status: coded(() => _('Residence status'), 'residence_status'),
  nationality: { name: () => _('Nationality'), kind: 'nationality' },
  district: { name: () => _('Lives in'), kind: 'district' },
  household_type: coded(() => _('Household'), 'household_type'),
  literacy: coded(() => _('Reading and writing'), 'literacy'),
  incomplete: { name: () => _('To be completed'), kind: 'yes' },
  theme: { name: () => _('Theme'), kind: 'theme' },
  subtheme: { name: () => _('Subtheme'), kind: 'subtheme' },
  primary_action: coded(() => _('Main action'), 'action'),
  further_actions: coded(() => _('Further actions'), 'action', 'lists'),
  destination: { name: () => _('Where to'), kind: 'destination' },
  self_reliance: coded(() => _('Who did it'), 'self_reliance'),
  outcome: coded(() => _('Outcome'), 'outcome'),
  barriers: coded(() => _('What stood in the way'), 'barrier', 'lists'),
  seen_before: coded(() => _('Seen before'), 'seen_before'),
  text: { name: () => _('Note'), kind: 'text' },
}

/** Fields that tie records together, or follow from others: where a whole record is told they say nothing. */
const UNTOLD = new Set(['contact_id', 'help_request_id', 'position', 'date_precision'])

export function fieldName(field: string): string {
  return FIELDS[field]?.name() ?? field
}

export function fieldKind(field: string): FieldKind {
  return FIELDS[field]?.kind ?? 'fixed'
}

export function isTold(field: string): boolean {
  return !UNTOLD.has(field)
}

/** An answer in words; null where there is none. `own`: in the language of the interface, not of the catalogue. */
export function fieldWord(field: string, value: Json): { text: string; lang: string | undefined } | null {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return null
  const { kind, list } = FIELDS[field] ?? { kind: 'fixed' as const, list: undefined }
  const own = (text: string) => ({ text, lang: undefined })
  const known = (text: string) => ({ text, lang: labelLang() })
  const code = String(value)
  switch (kind) {
    case 'list':
      return known(listLabel(list!, code))
    case 'lists':
      return known((value as Json[]).map((one) => listLabel(list!, String(one))).join(' · '))
    case 'language':
      return known(languageWord(catalogue.data, code))
    case 'nationality':
      return known(label(catalogue.data?.nationalities, code))
    case 'district':
      return known(label(catalogue.data?.districts, code))
    case 'destination':
      return known(label(catalogue.data?.destinations, code))
    case 'theme':
      return known(label(catalogue.data?.themes, code))
    case 'subtheme':
      return known(label(catalogue.data?.subthemes, code))
    case 'yes':
      return own(value === true ? _('yes') : _('no'))
    case 'number':
      return own(field === 'duration' ? _('{n} min', { n: number(Number(value)) }) : number(Number(value)))
    case 'precision':
      return own(precisionWord(code))
    case 'instant':
      return own(moment(new Date(code)))
    default:
      return own(code)
  }
}

function precisionWord(code: string): string {
  const said: Record<string, string> = { time: _('to the minute'), day: _('only the day'), month: _('only the month') }
  return said[code] ?? _('not at all')
}

/** The sign of an answer, where it has one. */
export function fieldSign(field: string, value: Json): string | null {
  if (typeof value !== 'string') return null
  if (field === 'outcome') return value === 'solved' || value === 'waiting' ? value : null
  const signs: Record<string, (code: string) => string> = {
    setting: settingSign,
    primary_action: actionSign,
    theme: themeSign,
    subtheme: subthemeSign,
  }
  return signs[field]?.(value) ?? null
}

export type FieldOption = { code: string; word: string }

/** What may be answered; `kept` stays among the answers although it is no longer offered. Empty where it is typed. */
export function fieldOptions(field: string, kept: string | null): FieldOption[] {
  const { kind, list } = FIELDS[field] ?? { kind: 'fixed' as const, list: undefined }
  const words = (entries: readonly Labelled[]) => entries.map((one) => ({ code: one.code, word: labelOf(one) }))
  const data = catalogue.data
  switch (kind) {
    case 'list':
    case 'lists':
      return words(offered(list!, kept))
    case 'district':
      return words(offeredPlaces('districts', kept))
    case 'destination':
      return words(offeredPlaces('destinations', kept))
    case 'nationality':
      return words(data?.nationalities ?? [])
    case 'theme':
      return words(data?.themes ?? [])
    case 'subtheme':
      return words((data?.subthemes ?? []).filter((one) => !(one.hidden || one.retired) || one.code === kept))
    case 'language':
      return (data?.languages ?? []).map((one) => ({ code: one.code, word: languageWord(data, one.code) }))
    default:
      return []
  }
}

/** What a record is, in one line: the question of a help request, else the kind of record. */
export function recordName(entity: EntityName | string, data: Record<string, Json>): string {
  if (entity === 'note') return _('Note')
  const code = data['subtheme']
  const found = typeof code === 'string' ? subtheme(code) : undefined
  if (entity === 'help_request') return found ? labelOf(found) : _('Question')
  return _('Contact')
}
