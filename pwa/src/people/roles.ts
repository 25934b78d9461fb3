import type { Role } from '../store/types.ts'
import { _ } from '../words/words.svelte.ts'

export function roleWord(role: Role): string {
  const said = {
    worker: _('worker'),
    supervisor: _('supervisor'),
    coordinator: _('coordinator'),
    administrator: _('administrator'),
  }
  return said[role]
}
