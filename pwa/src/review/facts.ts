/** What is known of a contact, as names and answers in the words of the catalogue. A value of null: nobody answered. */
import { catalogue } from '../engine.ts'
import { label, languageWord, listLabel } from '../look/labels.ts'
import type { ListName } from '../store/types.ts'
import { _, _n, number } from '../words/words.svelte.ts'
import { instantWord, occurredDay, occurredTime } from './when.ts'
import type { ContactDetail, RequestDetail } from './wire.ts'

/** `coded`: the value is a label of the catalogue, which may be in another language than the page. */
export type Fact = { name: string; value: string | null; coded?: boolean }

function coded(name: string, list: ListName, code: string | null): Fact {
  return { name, value: code === null ? null : listLabel(list, code), coded: true }
}

function listed(name: string, list: ListName, codes: readonly string[]): Fact {
  const value = codes.length === 0 ? null : codes.map((code) => listLabel(list, code)).join(' · ')
  return { name, value, coded: true }
}

export function requestFacts(request: RequestDetail): Fact[] {
  const { destination } = request
  const theme = catalogue.data?.themes
  return [
    { name: _('Theme'), value: label(theme, request.theme), coded: true },
    coded(_('Main action'), 'action', request.primary_action),
    listed(_('Further actions'), 'action', request.further_actions),
    {
      name: _('Where to'),
      value: destination === null ? null : label(catalogue.data?.destinations, destination),
      coded: true,
    },
    coded(_('Who did it'), 'self_reliance', request.self_reliance),
    coded(_('Outcome'), 'outcome', request.outcome),
    listed(_('What stood in the way'), 'barrier', request.barriers),
    coded(_('Seen before'), 'seen_before', request.seen_before),
  ]
}

export function meetingFacts(contact: ContactDetail): Fact[] {
  const { language, group_size, duration } = contact
  return [
    { name: _('When'), value: [occurredDay(contact), occurredTime(contact)].filter(Boolean).join(' ') },
    coded(_('Where'), 'setting', contact.setting),
    { name: _('Language'), value: language === null ? null : languageWord(catalogue.data, language), coded: true },
    coded(_('Who interpreted'), 'interpreting', contact.interpreting),
    coded(_('Who sent the person'), 'referred_by', contact.referred_by),
    { name: _('Number of people'), value: group_size === null ? null : number(group_size) },
    { name: _('How long'), value: duration === null ? null : _n('{n} minute', '{n} minutes', duration) },
    { name: _('Heavy'), value: contact.heavy ? _('yes: wants to talk about it') : _('no') },
  ]
}

/** `household_type` and `literacy` are asked only where an organisation has switched them on. */
export function personFacts(contact: ContactDetail): Fact[] {
  const { nationality, district } = contact
  const optional = [
    coded(_('Household'), 'household_type', contact.household_type),
    coded(_('Reading and writing'), 'literacy', contact.literacy),
  ]
  return [
    { name: _('Kept as'), value: tierWord(contact.tier) },
    coded(_('Gender'), 'gender', contact.gender),
    coded(_('Age'), 'age_band', contact.age_band),
    coded(_('Residence status'), 'residence_status', contact.residence_status),
    {
      name: _('Nationality'),
      value: nationality === null ? null : label(catalogue.data?.nationalities, nationality),
      coded: true,
    },
    { name: _('Lives in'), value: district === null ? null : label(catalogue.data?.districts, district), coded: true },
    ...optional.filter((fact) => fact.value !== null),
  ]
}

export function receiptFacts(contact: ContactDetail): Fact[] {
  return [
    { name: _('Logged by'), value: contact.author.display_name },
    { name: _('Received'), value: instantWord(contact.received_at) },
    { name: _('Complete'), value: contact.incomplete ? _('no, to be finished') : _('yes') },
    { name: _('Clock of the device'), value: contact.clock_skewed ? _('wrong by more than ten minutes') : _('correct') },
  ]
}

/** The privacy tier. Without a name is never called anonymous: language, age and district together can be one person. */
function tierWord(tier: string): string {
  const said: Record<string, string> = {
    unlinked: _('without a name'),
    pseudonymous: _('client code, no name'),
    named: _('with a name, by consent'),
    restricted: _('restricted'),
  }
  return said[tier] ?? tier
}
