/** The sound buttons of a page: shown where something can be heard, and nothing plays that is not the text beside it. */
import { localVoice, mayAskTheNetwork, say, textHash } from './voice.ts'

/** Kept for this tab only, and only when the reader said so. */
const CHOICE = 'guide-voice'

let playing: HTMLAudioElement | null = null

function voices(): SpeechSynthesisVoice[] {
  return 'speechSynthesis' in window ? speechSynthesis.getVoices() : []
}

function languageOf(button: HTMLElement): string {
  return button.closest<HTMLElement>('[lang]')?.lang ?? ''
}

/** What a button says: the sentence beside it, or the name of a language. */
function textOf(button: HTMLElement): string {
  return (button.parentElement?.querySelector('.sentence, a')?.textContent ?? '').trim()
}

function voiceFor(button: HTMLElement): SpeechSynthesisVoice | undefined {
  return sessionStorage.getItem(CHOICE) ? localVoice(voices(), languageOf(button)) : undefined
}

function show(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button.sound')) {
    const heard = button.dataset.opus !== undefined || voiceFor(button) !== undefined
    button.hidden = !heard
    button.parentElement?.classList.toggle('heard', heard)
  }
  offerVoice()
}

/** Offered only where some text of the page has a voice of its very language on this phone. */
function offerVoice(): void {
  const buttons = [...document.querySelectorAll<HTMLElement>('button.sound')]
  const possible = buttons.some((button) => localVoice(voices(), languageOf(button)))
  const offered = possible && !sessionStorage.getItem(CHOICE)
  for (const box of document.querySelectorAll<HTMLElement>('.voice')) box.hidden = !offered
  for (const box of document.querySelectorAll<HTMLElement>('.voice-warning'))
    box.hidden = !mayAskTheNetwork(navigator.userAgent, navigator.onLine)
}

async function hear(button: HTMLButtonElement): Promise<void> {
  playing?.pause()
  if ('speechSynthesis' in window) speechSynthesis.cancel()
  const text = textOf(button)
  const { opus, mp3, hash } = button.dataset
  if (opus && mp3) {
    // The text may have been changed under a sound that was kept.
    if ((await textHash(text)) !== hash) return
    playing = new Audio()
    playing.src = playing.canPlayType('audio/ogg; codecs=opus') ? opus : mp3
    await playing.play().catch(() => undefined)
    return
  }
  const voice = voiceFor(button)
  if (voice) say(speechSynthesis, voice, text, languageOf(button))
}

export function sounds(): void {
  if ('speechSynthesis' in window) speechSynthesis.addEventListener?.('voiceschanged', show)
  window.addEventListener('online', offerVoice)
  window.addEventListener('offline', offerVoice)
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('button')
    if (button?.classList.contains('sound')) void hear(button)
    if (button?.classList.contains('voice-on')) {
      sessionStorage.setItem(CHOICE, 'yes')
      show()
    }
  })
  show()
}
