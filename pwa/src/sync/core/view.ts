/** From replayed rows to what the screens show: contacts with their help requests, notes and open questions, newest first. */
import type { ConflictView, ContactView, NoteView, RequestView } from '../../store/types.ts'
import { EMPTY_CONTACT, emptyRequestFields } from './empty.ts'
import { type Replayed, worse } from './replay.ts'
import type { ConflictData } from './wire.ts'

/** All contacts that are not removed. A contact's state is the most telling one of it and its parts. */
export function contactViews(rows: Iterable<Replayed>): ContactView[] {
  const contacts = new Map<string, ContactView>()
  const parts: Replayed[] = []
  const conflicts: Replayed[] = []
  for (const row of rows) {
    if (row.removed) continue
    if (row.entity === 'contact') contacts.set(row.id, shown<ContactView>({ ...EMPTY_CONTACT, requests: [], notes: [], conflicts: [] }, row))
    else if (row.entity === 'conflict') conflicts.push(row)
    else parts.push(row)
  }
  for (const row of parts) {
    const contact = contacts.get(String(row.data['contact_id']))
    if (!contact) continue // the contact was removed, and its parts with it
    if (row.entity === 'note') contact.notes.push(shown<NoteView>({ help_request_id: null, text: '', restricted: false }, row))
    else contact.requests.push(shown<RequestView>(emptyRequestFields(), row))
    contact.state = worse(contact.state, row.state)
    contact.waits ??= row.waits
    // The contact may only have been refused because of this part: then the part's reason is the one to show.
    if (contact.error?.code === 'group_refused' && row.error) contact.error = row.error
  }
  for (const row of conflicts) laySideBySide(contacts, parts, row)
  for (const contact of contacts.values()) contact.requests.sort((a, b) => a.position - b.position)
  return [...contacts.values()].sort((a, b) => instant(b) - instant(a) || (a.id < b.id ? 1 : -1))
}

/** Two versions of a field, with the contact whose record they are of. */
function laySideBySide(contacts: Map<string, ContactView>, parts: Replayed[], row: Replayed): void {
  const data = row.data as ConflictData & Replayed['data']
  const part = parts.find(({ id }) => id === data.entity_id)
  const contact = contacts.get(part ? String(part.data['contact_id']) : data.entity_id)
  if (!contact) return
  contact.conflicts.push({ ...data, id: row.id, state: row.state, error: row.error } satisfies ConflictView)
  contact.state = worse(contact.state, data.choice === null ? 'look' : row.state)
}

function shown<View>(empty: object, row: Replayed): View {
  const more = { ...(row.error && { error: row.error }), ...(row.waits && { waits: row.waits }) }
  return { ...empty, ...row.data, id: row.id, state: row.state, ...more } as View
}

/** Imports may have no instant: they sort by when the server received them. */
function instant(contact: ContactView): number {
  return Date.parse(contact.occurred_at ?? contact.received_at ?? '') || 0
}
