/** What a correction changes: only fields that differ travel, so that two people's corrections meet as rarely as can be. */
import type { ContactFields, ContactView, RequestEntry, RequestView } from '../store/types.ts'
import { CONTACT_FIELDS } from '../sync/core/empty.ts'

type Fields = Record<string, unknown>

function differing(before: Fields, after: Fields, names: readonly string[]): Fields {
  const changed = names.filter((name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null))
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? null]))
}

const REQUEST = [
  'theme',
  'subtheme',
  'primary_action',
  'further_actions',
  'destination',
  'self_reliance',
  'outcome',
  'barriers',
  'seen_before',
] as const

export function contactFields(contact: ContactView): ContactFields {
  return Object.fromEntries(CONTACT_FIELDS.map((name) => [name, contact[name]])) as ContactFields
}

export function contactChanges(before: ContactView, after: ContactFields): Fields {
  return differing(before, after, CONTACT_FIELDS)
}

export function requestChanges(before: RequestView, after: RequestEntry): Fields {
  return differing(before, after, REQUEST)
}
