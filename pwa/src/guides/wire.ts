/** Shapes of the guides on this device. They tell nothing of a person, and so lie open. */
import type { components } from '../api/schema.d.ts'

export type GuideDocument = components['schemas']['Guide']
export type TextsToCheck = components['schemas']['ToCheck']
export type TextToCheck = components['schemas']['ToCheckText']
export type Answer = components['schemas']['Answer']
type Sign = { id: string; overlay: string | null }

/** What the app needs of a published guide to list it, and to find the step that answers a question. */
export type GuideCard = {
  code: string
  /** Names the version by what it says. */
  digest: string
  source: string
  titles: Record<string, string>
  /** Languages with at least one step; `whole`: all of them. */
  languages: { tag: string; whole: boolean; machine: boolean }[]
  steps: GuideStep[]
}

export type GuideStep = { id: string; signs: Sign[]; subthemes: string[]; texts: Record<string, string> }

/** A judgement on a text that was not handed in yet, or was refused (`why`). */
export type KeptAnswer = { answer: Answer; why: string | null }

/** A recording that waits for a network. */
export type KeptRecording = {
  id: string
  guide: string
  language: string
  message: string
  hash: string
  speaker: string
  sound: Blob
  why: string | null
}
