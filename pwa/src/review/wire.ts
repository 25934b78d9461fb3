/** The answers of `/api/review`. Codes as they are; null is *empty*: nobody answered. */
import type { ContactFields, DatePrecision, EntityName, RequestFields, ResultError } from '../store/types.ts'
import type { Json, Mutation } from '../sync/core/wire.ts'

export type Author = { membership_id: string; display_name: string }
export type Sensitive = 'discreet' | 'restricted' | null

export type RequestLine = {
  id: string
  theme: string
  subtheme: string
  primary_action: string | null
  destination: string | null
  outcome: string | null
  sensitive: Sensitive
}

/** When it was, as precisely as anybody knows; `day` and `month` are the organisation's local ones. */
export type Occurred = {
  occurred_at: string | null
  date_precision: DatePrecision
  day: string | null
  month: string | null
}

export type ContactLine = Occurred & {
  id: string
  received_at: string
  setting: string | null
  language: string | null
  author: Author
  heavy: boolean
  incomplete: boolean
  version: number
  requests: RequestLine[]
}

export type ContactPage = { contacts: ContactLine[]; next: string | null; total: number }

export type RequestDetail = RequestFields & { id: string; sensitive: Sensitive; version: number }

/** Of a restricted note the text stays with its author. */
export type NoteDetail = {
  id: string
  help_request_id: string | null
  text: string | null
  restricted: boolean
  received_at: string
}

export type ContactDetail = Occurred &
  ContactFields & {
    id: string
    received_at: string
    clock_skewed: boolean
    author: Author
    tier: string
    version: number
    requests: RequestDetail[]
    notes: NoteDetail[]
  }

export type ReviewMember = Author & { active: boolean }

/** Two versions of one field that nobody chose between yet. Of a restricted note the texts stay with their author: null. */
export type ConflictLine = {
  id: string
  contact_id: string
  entity: EntityName
  entity_id: string
  field: string
  mine: Json
  theirs: Json
  restricted: boolean
  mine_by: Author | null
  theirs_by: Author | null
  mine_at: string | null
  theirs_at: string | null
  version: number
}

/** A mutation that its author handed over, and why it was refused; null: it waited for another one. */
export type HandedOver = { mutation: Mutation; error: ResultError | null; author: Author; at: string }

export type Attention = { conflicts: ConflictLine[]; handed_over: HandedOver[]; quarantined: number }
