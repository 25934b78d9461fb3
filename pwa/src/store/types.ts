/**
 * The shapes that screens and engine share. Field names are those of the wire (docs/architecture.md), so that nothing
 * is renamed on its way from a tap to the database. `null` is *empty*: nobody answered.
 */
import type { Waits } from '../sync/core/replay.ts'
import type { ConflictData } from '../sync/core/wire.ts'

/** Kinds of records that a worker writes. */
export type EntityName = 'contact' | 'help_request' | 'note'

/** Kinds that only the server writes: what became of a mutation, two versions of a field, a week in numbers. */
export type ServerEntity = 'mutation_outcome' | 'conflict' | 'week_count'
export type DatePrecision = 'time' | 'day' | 'month' | 'none'

/** on this phone → sent → arrived → please look */
export type RecordState = 'here' | 'sent' | 'arrived' | 'look'

export type ResultError = { code: string; field: string | null; message_key: string | null }

export type ContactFields = {
  occurred_at: string | null
  date_precision: DatePrecision
  setting: string | null
  language: string | null
  group_size: number | null
  /** minutes */
  duration: number | null
  /** "I need to talk about this one" */
  heavy: boolean
  referred_by: string | null
  interpreting: string | null
  gender: string | null
  age_band: string | null
  residence_status: string | null
  nationality: string | null
  district: string | null
  household_type: string | null
  literacy: string | null
  incomplete: boolean
}

export type RequestFields = {
  position: number
  theme: string
  subtheme: string
  primary_action: string | null
  further_actions: string[]
  destination: string | null
  self_reliance: string | null
  outcome: string | null
  barriers: string[]
  seen_before: string | null
}

/** What the server adds to a contact; absent until the first pull brought it back. */
export type ContactServerFields = {
  day?: string | null
  tier?: string
  author?: string
  team?: string
  received_at?: string
  clock_skewed?: boolean
}

/** Where a record is, and why: `waits` for another record or for a supervisor, or refused with an `error`. */
export type Standing = { state: RecordState; waits?: Waits; error?: ResultError }

export type RequestView = RequestFields & Standing & { id: string; contact_id: string }

export type NoteView = Standing & {
  id: string
  contact_id: string
  help_request_id: string | null
  text: string
  restricted: boolean
}

/** Two versions of one field of a contact or of a part of it; open as long as nobody chose. */
export type ConflictView = ConflictData & Standing & { id: string }

/** One contact as a screen shows it: server copy with the own unsent sets replayed over it. */
export type ContactView = ContactFields &
  ContactServerFields &
  Standing & {
    id: string
    requests: RequestView[]
    notes: NoteView[]
    conflicts: ConflictView[]
  }

/** A help request while it is being logged: the subtheme may still be missing. */
export type RequestEntry = Omit<RequestFields, 'theme' | 'subtheme' | 'position'> & {
  id: string
  theme: string | null
  subtheme: string | null
}

export type NoteEntry = { id: string; help_request_id: string | null; text: string }

/** The *when* chip: `now` is resolved at saving, not at opening. */
export type When = 'now' | 'earlier_today' | 'yesterday' | 'day'

/**
 * What one log holds, as kept in the draft and handed to `Register.save`. The ids (UUID 4) are made when the log opens:
 * saving the same entry twice can only ever create one contact. `Register.save` takes `contact` as it stands (the screen
 * has resolved `when` into `occurred_at` and `date_precision`), gives requests their position by order, leaves out
 * requests without a subtheme and notes without text.
 */
export type LogEntry = {
  id: string
  when: When
  /** ISO date, only with `when: 'day'` */
  day: string | null
  contact: ContactFields
  requests: RequestEntry[]
  notes: NoteEntry[]
}

export type Labels = Record<string, string>

/** `short`: the words of the tile where the label is too long for it. `off`: not switched on. `retired`: not offered. */
export type ListEntry = {
  code: string
  labels: Labels
  short?: Labels
  aliases?: string[]
  hidden?: boolean
  off?: boolean
  retired?: boolean
}
export type Theme = { code: string; labels: Labels; short?: Labels; hidden?: boolean }
export type Subtheme = {
  code: string
  theme: string
  labels: Labels
  short?: Labels
  aliases: string[]
  retired?: boolean
  sensitive: null | 'discreet' | 'restricted'
  hidden: boolean
}
export type Language = {
  code: string
  own_name: string
  direction: 'ltr' | 'rtl'
  script: string
  labels: Labels
}
export type Nationality = { code: string; labels: Labels }
export type Destination = { code: string; labels: Labels; hidden: boolean }
export type District = { code: string; labels: Labels; parent: string | null; hidden: boolean }

export type ListName =
  | 'setting'
  | 'action'
  | 'self_reliance'
  | 'outcome'
  | 'barrier'
  | 'interpreting'
  | 'seen_before'
  | 'referred_by'
  | 'gender'
  | 'age_band'
  | 'residence_status'
  | 'household_type'
  | 'literacy'

export type CatalogueData = {
  version: string
  country: string
  lists: Record<ListName, ListEntry[]>
  themes: Theme[]
  subthemes: Subtheme[]
  languages: Language[]
  nationalities: Nationality[]
  destinations: Destination[]
  districts: District[]
}

export type Role = 'worker' | 'supervisor' | 'coordinator' | 'administrator'

export type Me = {
  organisation: { id: string; name: string; country: string; default_language: string; time_zone: string }
  team: { id: string; name: string }
  membership_id: string
  display_name: string
  role: Role
  device_id: string
  session: { idle_until: string; absolute_until: string }
  keys: { seal: { kid: string; public: string }; sign: { kid: string; public: string } }
}
