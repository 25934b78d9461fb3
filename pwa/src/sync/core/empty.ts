/** What a record is before anybody answered anything: the one place that knows all fields of a contact and its parts. */
import type { ContactFields, RequestFields } from '../../store/types.ts'

/** A contact of which nothing is known. `null` is *empty*: nobody answered. */
export const EMPTY_CONTACT: Readonly<ContactFields> = {
  occurred_at: null,
  date_precision: 'none',
  setting: null,
  language: null,
  group_size: null,
  duration: null,
  heavy: false,
  referred_by: null,
  interpreting: null,
  gender: null,
  age_band: null,
  residence_status: null,
  nationality: null,
  district: null,
  household_type: null,
  literacy: null,
  incomplete: false,
}

/** Everything of a help request but what it is about. */
const EMPTY_ANSWERS = {
  primary_action: null,
  destination: null,
  self_reliance: null,
  outcome: null,
  seen_before: null,
} satisfies Partial<RequestFields>

/** The answers of a help request that nobody gave yet; the lists are new ones each time. */
export function emptyAnswers(): Omit<RequestFields, 'position' | 'theme' | 'subtheme'> {
  return { ...EMPTY_ANSWERS, further_actions: [], barriers: [] }
}

/** A help request of which nothing is known. */
export function emptyRequestFields(): RequestFields {
  return { position: 0, theme: '', subtheme: '', ...emptyAnswers() }
}

/** All fields of a contact, in the order in which they are asked. */
export const CONTACT_FIELDS = Object.keys(EMPTY_CONTACT) as readonly (keyof ContactFields)[]
