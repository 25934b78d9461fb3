/** From replayed rows to what the screens show: contacts with their help requests and notes, newest first. */
import type { ContactFields, ContactView, NoteView, RequestFields, RequestView } from '../../store/types.ts'
import { type Replayed, worse } from './replay.ts'

const EMPTY_CONTACT: ContactFields = {
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

const EMPTY_REQUEST: RequestFields = {
  position: 0,
  theme: '',
  subtheme: '',
  primary_action: null,
  further_actions: [],
  destination: null,
  self_reliance: null,
  outcome: null,
  barriers: [],
  seen_before: null,
}

/** All contacts that are not removed. A contact's state is the most telling one of it and its parts. */
export function contactViews(rows: Iterable<Replayed>): ContactView[] {
  const contacts = new Map<string, ContactView>()
  const parts: Replayed[] = []
  for (const row of rows) {
    if (row.removed) continue
    if (row.entity === 'contact') contacts.set(row.id, shown<ContactView>({ ...EMPTY_CONTACT, requests: [], notes: [] }, row))
    else parts.push(row)
  }
  for (const row of parts) {
    const contact = contacts.get(String(row.data['contact_id']))
    if (!contact) continue // the contact was removed, and its parts with it
    if (row.entity === 'note') contact.notes.push(shown<NoteView>({ help_request_id: null, text: '', restricted: false }, row))
    else contact.requests.push(shown<RequestView>(EMPTY_REQUEST, row))
    contact.state = worse(contact.state, row.state)
    // The contact may only have been refused because of this part: then the part's reason is the one to show.
    if (contact.error?.code === 'group_refused' && row.error) contact.error = row.error
  }
  for (const contact of contacts.values()) contact.requests.sort((a, b) => a.position - b.position)
  return [...contacts.values()].sort((a, b) => instant(b) - instant(a) || (a.id < b.id ? 1 : -1))
}

function shown<View>(empty: object, row: Replayed): View {
  const error = row.error && { error: row.error }
  return { ...empty, ...row.data, id: row.id, state: row.state, ...error } as View
}

/** Imports may have no instant: they sort by when the server received them. */
function instant(contact: ContactView): number {
  return Date.parse(contact.occurred_at ?? contact.received_at ?? '') || 0
}
