/** What went wrong, in words that say what happened, that nothing is lost, and what to do. Translated by code. */
import { ApiProblem } from '../api/client.ts'
import { KeysChanged } from '../people/session.svelte.ts'
import { StoreProblem } from '../store/problem.ts'
import type { ResultError } from '../store/types.ts'
import { _ } from '../words/words.svelte.ts'

export function problemText(error: unknown): string {
  if (error instanceof StoreProblem) return storeText(error)
  if (error instanceof ApiProblem) return apiText(error)
  if (error instanceof KeysChanged) {
    return _('This server does not have the keys of your organisation. Do not go on: tell your administrator.')
  }
  return _('Something went wrong on this device. What you typed is still here. Try again.')
}

function storeText(problem: StoreProblem): string {
  const said = {
    full: _('This device has no room left. Nothing was saved, and what you typed is still here. Make room and try again.'),
    blocked: _('Another tab holds an old version of this app. Close the other tabs and try again.'),
    broken: _('The browser’s store does not work now. What you typed is still here. Close the app, open it and try again.'),
    unreadable: _('A record on this device cannot be opened. Nothing was deleted. Tell your administrator.'),
    unsupported: _('This browser is too old for this app ({what} is missing). Update it, or use another browser.', {
      what: problem.detail,
    }),
  }
  return said[problem.code]
}

function apiText(problem: ApiProblem): string {
  const known = problem.document && documentText(problem.document.code)
  if (known) return known
  if (problem.kind === 'offline') return _('There is no network now. Nothing is lost. Try again when there is one.')
  if (problem.kind === 'signed_out') return _('You are signed out. What you logged stays on this device.')
  return _('The server cannot do this now. Nothing is lost. Try again later.')
}

function documentText(code: string): string | null {
  const said: Record<string, () => string> = {
    invalid_code: () => _('This code is not known. Check the letters, or ask for a new one.'),
    code_expired: () => _('This code is too old. Ask for a new one.'),
    code_used: () => _('This code was used before. A code works once. Ask for a new one.'),
    too_many_requests: () => _('Too many tries. Wait a minute, then try again.'),
    device_revoked: () => _('This device was switched off. Ask for a new code. What it has not sent stays on it.'),
    device_cloned: () =>
      _('Two devices have the same number, as after copying a phone. Add this one anew with a code from your administrator. What waits on it is sent then.'),
    membership_off: () => _('Your access was switched off. Ask your administrator. What you logged stays here.'),
    not_allowed: () => _('You may not do this in your role.'),
    not_found: () => _('This was not found.'),
    signed_out: () => _('You are signed out. What you logged stays on this device.'),
    sign_in_refused: () => _('Signing in did not work. Try again. If it goes on, ask for a new code.'),
    own_envelope: () => _('This came in under your name: another supervisor decides.'),
    envelope_settled: () => _('Somebody has decided on this already.'),
    envelope_closed: () => _('One of them does not open, or no device of your organisation signed it. Nothing was taken in.'),
    no_such_guide: () => _('Your organisation has no such guide.'),
    guide_invalid: () => _('Something in it cannot be taken over like this. Nothing was changed.'),
    guide_changed: () => _('Somebody else changed this meanwhile. Look at what is there now, and decide again.'),
    guide_exists: () => _('There is a guide of this name already. Choose another one.'),
    nothing_new: () => _('Nothing has changed since the last version.'),
    already_chosen: () => _('Somebody else has chosen already. Look at what is there now.'),
    no_computer_voice: () => _('There is no computer voice for this language here.'),
    not_this_guide: () => _('The file cannot be taken over like this. Nothing was changed.'),
    last_administrator: () => _('The last administrator stays. Make another administrator first.'),
  }
  return said[code]?.() ?? null
}

/** Why the server could not take a record as it is. */
export function refusalText(error: ResultError): string {
  const said: Record<string, () => string> = {
    unknown_code: () => _('One answer is not in the lists of the organisation. Choose another one.'),
    required: () => _('An answer is missing.'),
    theme_mismatch: () => _('The question does not fit its theme. Choose the question again.'),
    unknown_parent: () => _('The contact that this belongs to is not there any more.'),
    id_taken: () => _('There is another record with the same number. Save it anew.'),
    not_yours: () => _('This contact is not yours to change any more.'),
    gone: () => _('This contact was erased for good. It cannot come back.'),
    group_refused: () => _('Another part of this contact could not be taken.'),
    malformed: () => _('An answer is too long or of the wrong kind.'),
    already_settled: () => _('Somebody else has settled this meanwhile.'),
    bad_dependency: () => _('What this builds on never arrived. Save it again.'),
    too_many_held: () => _('Too much waits on the server already. Save it again.'),
    needs_session: () => _('This can only be taken when you are signed in. Save it again.'),
    read_only: () => _('One of the answers cannot be changed afterwards.'),
  }
  return (
    said[error.code]?.() ?? _('The server could not read it ({code}). Tell your administrator.', { code: error.code })
  )
}
