/** What waits in quarantine, put together as a person decides on it: by device, reason and state. */
import { _ } from '../words/words.svelte.ts'

export type Quarantined = {
  id: string
  membership_id: string | null
  display_name: string | null
  device_id: string | null
  device_name: string | null
  mutations: number
  reason: string
  via: 'letterbox' | 'rescue'
  received_at: string
  state: 'waiting' | 'rejected'
  own: boolean
  settled_by: string | null
  settled_at: string | null
  erased_at: string | null
}

/** `first` and `last`: when they came in. */
export type Pile = { key: string; ids: string[]; one: Quarantined; first: Date; last: Date; closed: boolean }

/** Nobody can let these in: they do not open, or no device of the organisation signed them. */
const CLOSED = new Set(['malformed', 'not_opened', 'header_differs', 'wrong_hash', 'unknown_device', 'bad_signature', 'wrong_member'])

/** Those that wait first, then the rejected ones; in each the latest first, as the server tells them. */
export function piles(envelopes: Quarantined[]): Pile[] {
  const found = new Map<string, Pile>()
  for (const one of envelopes) {
    const closed = CLOSED.has(one.reason)
    const key = [one.state, closed ? '' : one.reason, one.membership_id, one.device_id, closed].join()
    const at = new Date(one.received_at)
    const pile = found.get(key)
    if (pile) {
      pile.ids.push(one.id)
      pile.first = at
    } else found.set(key, { key, ids: [one.id], one, first: at, last: at, closed })
  }
  return [...found.values()].sort((a, b) => Number(a.one.state === 'rejected') - Number(b.one.state === 'rejected'))
}

/** Why a person has to decide. */
export function reasonText({ one, closed }: Pile): string {
  if (closed) return _('It does not open, or no device of your organisation signed it: it is damaged, or somebody made it up.')
  const said: Record<string, () => string> = {
    device_revoked: () => _('The device was switched off before this came in. Ask the person whether it is theirs.'),
    membership_off: () => _('The access of this person was switched off before this came in.'),
    role: () => _('This person’s role does not log contacts.'),
    schema: () => _('It was made with a newer version of the app than this server has. It can be taken in after the next update.'),
    no_key: () => _('The key that opens it is not on this server. Ask your administrator to bring it back.'),
  }
  return said[one.reason]?.() ?? one.reason
}
