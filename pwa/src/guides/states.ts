/** The state of a text in words. */
import { _ } from '../words/words.svelte.ts'

export function stateOfText(state: string): string {
  const said: Record<string, () => string> = {
    missing: () => _('There is no text in this language yet.'),
    machine: () => _('A machine translated this. Nobody has checked it.'),
    draft: () => _('Somebody wrote this. Nobody has checked it.'),
    reviewed: () => _('Somebody who speaks the language has checked this.'),
    outdated: () => _('The source text has changed since this was written.'),
  }
  return said[state]?.() ?? state
}
