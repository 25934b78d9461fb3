/** The four words that say where a record is. They are the same on every screen. */
import type { RecordState } from '../store/types.ts'
import { _ } from '../words/words.svelte.ts'

export function stateWord(state: RecordState): string {
  const said = {
    here: _('on this phone'),
    sent: _('sent'),
    arrived: _('arrived'),
    look: _('please look'),
  }
  return said[state]
}

/** One sentence that says what the word means for the worker. */
export function stateMeaning(state: RecordState): string {
  const said = {
    here: _('Kept on this phone. It is sent by itself as soon as there is a network.'),
    sent: _('On its way. We wait for the server to say that it has it.'),
    arrived: _('The server has it. Your team can count on it.'),
    look: _('Something here needs your answer. Nothing is lost.'),
  }
  return said[state]
}
