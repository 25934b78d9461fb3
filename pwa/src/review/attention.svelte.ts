/** What waits for a supervisor, fetched for every screen that shows some of it. Answers given here count at once. */
import { api, call } from '../api/client.ts'
import { register } from '../engine.ts'
import { Remote } from '../look/remote.svelte.ts'
import { ask } from '../people/ask.ts'
import type { Attention, ConflictLine, HandedOver } from './wire.ts'

/** What one person handed over of one contact. */
export type Packet = { id: string; author: HandedOver['author']; at: string; lines: HandedOver[] }

class Waiting {
  readonly remote = new Remote<Attention>()

  readonly conflicts = $derived.by(() => this.#open(this.remote.data?.conflicts ?? [], ({ id }) => id))
  readonly packets = $derived.by(() => packed(this.#open(this.remote.data?.handed_over ?? [], ({ mutation }) => mutation.id)))
  readonly quarantined = $derived(this.remote.data?.quarantined ?? 0)
  readonly count = $derived(this.conflicts.length + this.packets.length + this.quarantined)

  async load(): Promise<void> {
    await this.remote.load(async () => (await ask(() => call(api.GET('/api/review/attention')))) as Attention)
  }

  /** Those of one contact. */
  conflictsOf(contactId: string): ConflictLine[] {
    return this.conflicts.filter((one) => one.contact_id === contactId)
  }

  #open<Line>(lines: Line[], idOf: (line: Line) => string): Line[] {
    return lines.filter((line) => !register.answered.has(idOf(line)))
  }
}

/** What belongs to one save stays together. */
function packed(lines: HandedOver[]): Packet[] {
  const packets = new Map<string, Packet>()
  for (const line of lines) {
    const { set, entity_id: own, group } = line.mutation
    const id = `${line.author.membership_id}/${group ?? String(set['contact_id'] ?? own)}`
    const packet = packets.get(id) ?? { id, author: line.author, at: line.at, lines: [] }
    packet.lines.push(line)
    packets.set(id, packet)
  }
  return [...packets.values()]
}

export const waiting = new Waiting()
