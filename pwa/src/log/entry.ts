/** What a log is made of, and the rules of tapping it together. Pure: no screen, no storage. */
import type { ContactFields, ContactView, LogEntry, RequestEntry } from '../store/types.ts'
import { EMPTY_CONTACT, emptyAnswers } from '../sync/core/empty.ts'

/** After these the person is somewhere else, and it is asked where. */
const LEADS_ELSEWHERE: ReadonlySet<string> = new Set(['refer', 'accompany', 'phone'])
const GIVE_GUIDE = 'give_guide'

type Deeds = Pick<RequestEntry, 'primary_action' | 'further_actions' | 'destination'>

/** The attributes of the person: what stays with "same person". */
export const SNAPSHOT = [
  'gender',
  'age_band',
  'residence_status',
  'nationality',
  'district',
  'household_type',
  'literacy',
] as const

export function emptyContact(): ContactFields {
  return { ...EMPTY_CONTACT, date_precision: 'time' }
}

export function emptyRequest(): RequestEntry {
  return { id: crypto.randomUUID(), theme: null, subtheme: null, ...emptyAnswers() }
}

export function newEntry(setting: string | null): LogEntry {
  return {
    id: crypto.randomUUID(),
    when: 'now',
    day: null,
    contact: { ...emptyContact(), setting },
    requests: [emptyRequest()],
    notes: [],
  }
}

/** The next contact with the same person: place, language and snapshot stay, everything that was asked and done does not. */
export function samePerson(entry: LogEntry): LogEntry {
  const next = newEntry(entry.contact.setting)
  next.when = entry.when
  next.day = entry.day
  next.contact.language = entry.contact.language
  next.contact.interpreting = entry.contact.interpreting
  for (const field of SNAPSHOT) next.contact[field] = entry.contact[field]
  return next
}

/** The action tapped first is the primary one; tapping an action again takes it away and the next one moves up. */
export function tapAction(request: Deeds, code: string): void {
  if (request.primary_action === code) {
    request.primary_action = request.further_actions.shift() ?? null
  } else if (request.further_actions.includes(code)) {
    request.further_actions = request.further_actions.filter((one) => one !== code)
  } else if (request.primary_action === null) {
    request.primary_action = code
  } else {
    request.further_actions = [...request.further_actions, code]
  }
  if (!asksDestination(request)) request.destination = null
}

/** A guide was shown: one more action, or the primary one where nothing was tapped yet. */
export function giveGuide(request: Deeds): void {
  if (!actionsOf(request).includes(GIVE_GUIDE)) tapAction(request, GIVE_GUIDE)
}

/** Primary first. */
export function actionsOf(request: Pick<RequestEntry, 'primary_action' | 'further_actions'>): string[] {
  return request.primary_action === null ? [] : [request.primary_action, ...request.further_actions]
}

export function asksDestination(request: Pick<RequestEntry, 'primary_action' | 'further_actions'>): boolean {
  return actionsOf(request).some((code) => LEADS_ELSEWHERE.has(code))
}

export function toggled(codes: readonly string[], code: string): string[] {
  return codes.includes(code) ? codes.filter((one) => one !== code) : [...codes, code]
}

/** Only a subtheme is obligatory. */
export function canSave(entry: LogEntry): boolean {
  return entry.requests.some((request) => request.subtheme !== null)
}

type Countable = Pick<RequestEntry, 'subtheme' | 'primary_action'>

/** A contact without language, or with a question without a deed, is finished later from the list of incomplete ones. */
export function isIncomplete(contact: Pick<ContactFields, 'language'>, requests: readonly Countable[]): boolean {
  return (
    contact.language === null ||
    requests.some((request) => request.subtheme !== null && request.primary_action === null)
  )
}

/** A stored contact's help requests as the forms edit them. */
export function requestsOf(contact: ContactView): RequestEntry[] {
  return contact.requests.map((request) => ({
    id: request.id,
    theme: request.theme,
    subtheme: request.subtheme,
    primary_action: request.primary_action,
    further_actions: [...request.further_actions],
    destination: request.destination,
    self_reliance: request.self_reliance,
    outcome: request.outcome,
    barriers: [...request.barriers],
    seen_before: request.seen_before,
  }))
}
