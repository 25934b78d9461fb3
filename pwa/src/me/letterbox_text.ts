/** What went without signing in, as it stands; nothing where there is nothing to say. */
import { syncState } from '../engine.ts'
import { _ } from '../words/words.svelte.ts'

export function letterboxText(): string {
  const { handedIn, waiting } = syncState.letterbox
  if (waiting > 0 && syncState.signedOut) return _('It is handed in without signing in as soon as there is a network.')
  if (handedIn > 0 && waiting === 0) {
    return _('What you logged was handed in without signing in. You see what became of it when you are signed in again.')
  }
  return ''
}
