/** The one-time code that makes a browser a device: twelve signs of Crockford's alphabet, written in three groups. */
export const CODE_LENGTH = 12
const GROUP = 4
/** Signs that people read or type for another one. */
const MISREAD: Record<string, string> = { O: '0', I: '1', L: '1' }

/** What was typed, without what is not part of a code: spaces, dashes, small letters, O for 0, I and L for 1. */
export function codeSigns(text: string): string {
  return text
    .toUpperCase()
    .replace(/[OIL]/g, (sign) => MISREAD[sign]!)
    .replace(/[^0-9A-Z]/g, '')
    .slice(0, CODE_LENGTH)
}

/** In groups of four, as it is printed: `7GK2-M9QX-4TRB`. */
export function grouped(signs: string): string {
  return (signs.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-')
}

/** The code after `#` of an invitation link; nothing of it is sent to any server by opening the link. */
export function codeInAddress(): string {
  return codeSigns(location.hash.slice(1))
}
