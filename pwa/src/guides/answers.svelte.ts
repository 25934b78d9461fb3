/**
 * What a worker says of the texts: right, a better sentence, a recording. Kept on this device until the server has it;
 * each answer has an id of its own, so that handing in twice does no harm.
 */
import { ApiProblem, api, call } from '../api/client.ts'
import { deviceMeta, keepDeviceMeta } from '../store/databases.ts'
import type { Answer, KeptAnswer, KeptRecording } from './wire.ts'

export class GuideAnswers {
  answers = $state.raw<KeptAnswer[]>([])
  recordings = $state.raw<KeptRecording[]>([])
  readonly waiting = $derived([...this.answers, ...this.recordings].filter(({ why }) => why === null).length)
  readonly refused = $derived([...this.answers, ...this.recordings].filter(({ why }) => why !== null).length)

  #membership: string | null = null
  #handing: Promise<void> | null = null

  async load(membershipId: string | null): Promise<void> {
    const kept = membershipId ? await deviceMeta(`guide-answers/${membershipId}`) : null
    this.#membership = membershipId
    this.answers = kept?.answers ?? []
    this.recordings = kept?.recordings ?? []
  }

  /** Whether this worker has just judged a text, be it handed in or not. */
  has(guide: string, language: string, message: string): boolean {
    return this.answers.some(({ answer }) => {
      return answer.guide === guide && answer.language === language && answer.message === message
    })
  }

  /** Keep an answer; a newer one about the same text takes its place. Throws StoreProblem. */
  async say(answer: Answer): Promise<void> {
    const others = this.answers.filter(({ answer: one }) => {
      return one.guide !== answer.guide || one.language !== answer.language || one.message !== answer.message
    })
    await this.#keep([...others, { answer, why: null }], this.recordings)
  }

  async record(recording: Omit<KeptRecording, 'why'>): Promise<void> {
    const others = this.recordings.filter((one) => {
      return one.guide !== recording.guide || one.language !== recording.language || one.message !== recording.message
    })
    await this.#keep(this.answers, [...others, { ...recording, why: null }])
  }

  /** The worker's own decision to forget what was refused. */
  async forgetRefused(): Promise<void> {
    await this.#keep(
      this.answers.filter(({ why }) => why === null),
      this.recordings.filter(({ why }) => why === null),
    )
  }

  /** Hand in what waits. Throws ApiProblem where the server cannot be reached; everything stays then. */
  handIn(): Promise<void> {
    this.#handing ??= this.#handInAll().finally(() => (this.#handing = null))
    return this.#handing
  }

  async #handInAll(): Promise<void> {
    const membership = this.#membership
    const open = this.answers.filter(({ why }) => why === null).map(({ answer }) => answer)
    if (open.length) {
      const { results } = await call(api.POST('/api/guides/answers', { body: { answers: open } }))
      const said = new Map(results.map((result) => [result.id, result]))
      if (membership !== this.#membership) return
      const left = this.answers.flatMap((kept): KeptAnswer[] => {
        const result = said.get(kept.answer.id)
        if (!result) return [kept]
        return result.status === 'refused' ? [{ ...kept, why: result.findings[0]?.message ?? '' }] : []
      })
      await this.#keep(left, this.recordings)
    }
    for (const recording of this.recordings.filter(({ why }) => why === null)) {
      const why = await handInRecording(recording)
      if (membership !== this.#membership) return
      const others = this.recordings.filter(({ id }) => id !== recording.id)
      await this.#keep(this.answers, why === null ? others : [...others, { ...recording, why }])
    }
  }

  async #keep(answers: KeptAnswer[], recordings: KeptRecording[]): Promise<void> {
    const membership = this.#membership
    if (!membership) return
    await keepDeviceMeta({ id: `guide-answers/${membership}`, answers, recordings })
    if (membership !== this.#membership) return
    this.answers = answers
    this.recordings = recordings
  }
}

/** Null when the server has it, else why it will never take it. Throws ApiProblem when it may later. */
async function handInRecording(recording: KeptRecording): Promise<string | null> {
  const { guide, language, message, hash, speaker } = recording
  const kind = recording.sound.type.includes('ogg') ? 'ogg' : 'webm'
  try {
    await call(
      api.POST('/api/guides/sound/{kind}', {
        params: { path: { kind }, query: { code: guide, language, message, hash, speaker, consent: true } },
        body: recording.sound as never,
        bodySerializer: (sound: unknown) => sound as Blob,
        headers: { 'Content-Type': `audio/${kind}` },
      } as never),
    )
    return null
  } catch (error) {
    if (error instanceof ApiProblem && error.kind === 'stop') return error.document?.title ?? ''
    throw error
  }
}
