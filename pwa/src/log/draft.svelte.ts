/**
 * The log that is being written. Every change is kept, sealed, in the device's store, so that a locked phone, a reload or
 * a new version of the app loses nothing.
 */
import { register } from '../engine.ts'
import { resolveWhen } from '../look/days.ts'
import { timeZone } from '../look/time.ts'
import { draftsElsewhere, dropDraft, keepDraft, loadDraft, takeOver, whenTaken } from '../store/draft.ts'
import type { LogEntry, Subtheme } from '../store/types.ts'
import { canSave, emptyRequest, isIncomplete, newEntry, samePerson } from './entry.ts'

export class Draft {
  entry = $state<LogEntry>(newEntry(null))
  /** Which of the help requests is on the screen. */
  current = $state(0)
  /** True when it was begun earlier and found again. */
  resumed = $state(false)
  saving = $state(false)
  ready = $state(false)
  /** Drafts that other tabs are writing. */
  elsewhere = $state.raw<string[]>([])
  /** Set when another tab has taken this one's draft over. */
  taken = $state<string | null>(null)

  /** How this log began; as long as nothing differs there is no draft to come back to. */
  private begun = ''

  get ripe(): boolean {
    return canSave(this.entry)
  }

  /** Goes on with the draft of this device, or begins a new log in the setting of the last one. */
  async open(setting: string | null): Promise<void> {
    whenTaken((id) => {
      this.ready = false // nothing of this screen is kept any more: the other tab writes
      this.taken = id
    })
    const found = await unsavedDraft()
    this.elsewhere = found ? [] : await draftsElsewhere().catch(() => [])
    this.begin(found ?? newEntry(setting))
    this.resumed = found !== null
    if (found) this.begun = ''
  }

  private begin(entry: LogEntry): void {
    this.begun = JSON.stringify(entry)
    this.resumed = false
    this.entry = entry
    this.current = entry.requests.length - 1
    this.ready = true
  }

  /** Called at every change. */
  async keep(): Promise<void> {
    const text = JSON.stringify(this.entry)
    if (!this.ready) return
    if (text === this.begun) await dropDraft()
    else await keepDraft($state.snapshot(this.entry))
  }

  /** Goes on here with a draft of another tab, which stops writing it. */
  async takeOver(id: string): Promise<void> {
    await takeOver(id)
    this.taken = null
    this.elsewhere = []
    await this.open(this.entry.contact.setting)
  }

  async startOver(setting: string | null): Promise<void> {
    await dropDraft()
    this.begin(newEntry(setting))
  }

  anotherRequest(): void {
    this.entry.requests.push(emptyRequest())
    this.current = this.entry.requests.length - 1
  }

  removeRequest(index: number): void {
    this.entry.requests.splice(index, 1)
    if (this.entry.requests.length === 0) this.entry.requests.push(emptyRequest())
    this.current = Math.min(this.current, this.entry.requests.length - 1)
  }

  /**
   * Saves on this device; resolves with the id when it is safely stored. The ids were made when the log was opened, so that
   * saving twice cannot make two contacts. Throws StoreProblem when the device could not keep it: the draft is still there.
   */
  async save(): Promise<string> {
    this.saving = true
    try {
      const entry = $state.snapshot(this.entry)
      const requests = entry.requests.filter((request) => request.subtheme !== null)
      const contact = {
        ...entry.contact,
        ...resolveWhen(entry, new Date(), timeZone()),
        incomplete: entry.contact.incomplete || isIncomplete(entry.contact, requests),
      }
      const notes = entry.notes.filter((note) => note.text.trim() !== '')
      const id = await register.save({ ...entry, contact, requests, notes })
      this.ready = false
      await dropDraft().catch(() => undefined) // it is saved; the next log throws the rest of it away
      return id
    } finally {
      this.saving = false
    }
  }

  /** After a save: the next question of the same person. */
  continueWithSamePerson(): void {
    this.begin(samePerson($state.snapshot(this.entry)))
  }
}

/**
 * What was begun in this tab and not saved. A phone that died just after saving leaves the draft of a contact that is
 * saved: that is none. Throws StoreProblem.
 */
export async function unsavedDraft(): Promise<LogEntry | null> {
  const found = await loadDraft()
  return found && !register.knows(found.id) ? found : null
}

/** Street tally: one tap held long is one contact with one question, to be completed later. */
export async function tally(subtheme: Subtheme, setting: string | null): Promise<string> {
  const entry = newEntry(setting)
  const request = entry.requests[0]!
  request.theme = subtheme.theme
  request.subtheme = subtheme.code
  entry.contact = { ...entry.contact, ...resolveWhen(entry, new Date(), timeZone()), incomplete: true }
  return register.save(entry)
}
