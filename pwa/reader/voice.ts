/**
 * Sound by the ladder: a file that says this very sentence; else the phone's own voice, when the reader wants it and the
 * rules allow it; else none. Never a voice of the network, never a sister language's, never one the browser chose.
 */

/** Whether a voice speaks a text's language: the same language, and the same country where the text names one. */
export function speaks(voice: string, text: string): boolean {
  const [language, country] = voice.replace('_', '-').toLowerCase().split('-')
  const [wanted, place] = text.toLowerCase().split('-')
  // A voice of Kabul reads Dari; texts in fa are those of Tehran.
  return language === wanted && (place === undefined ? !(wanted === 'fa' && country === 'af') : country === place)
}

/** The voice of this phone for a language, or undefined. `localService` is the browser's word that nothing is sent. */
export function localVoice(voices: readonly SpeechSynthesisVoice[], tag: string): SpeechSynthesisVoice | undefined {
  return voices.find((voice) => voice.localService && speaks(voice.lang, tag))
}

/** On Android every voice calls itself local, though the system's engine may ask the network: not while there is one. */
export function mayAskTheNetwork(agent: string, online: boolean): boolean {
  return /android/i.test(agent) && online
}

/** The first 12 hex digits of a text's SHA-256, as the server counts them (guides/document.py). */
export async function textHash(text: string): Promise<string> {
  const tidy = text.normalize('NFC').trim().split(/\s+/).join(' ')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tidy)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('').slice(0, 12)
}

/** Says a text by a voice of this phone. Throws when the voice is not local or not of this language. */
export function say(synthesis: SpeechSynthesis, voice: SpeechSynthesisVoice, text: string, tag: string): void {
  if (!voice.localService || !speaks(voice.lang, tag)) throw new Error('not a voice for this text')
  const utterance = new SpeechSynthesisUtterance(text)
  utterance.voice = voice
  utterance.lang = voice.lang
  utterance.rate = 0.9
  synthesis.cancel()
  synthesis.speak(utterance)
}
