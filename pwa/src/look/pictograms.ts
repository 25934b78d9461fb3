/** Which drawing stands for which code. An organisation may add codes of its own: those get a general sign. */
import { ids, signsUrl, url } from 'virtual:pictograms'

const drawn: ReadonlySet<string> = new Set(ids)

function firstDrawn(...candidates: string[]): string {
  return candidates.find((id) => drawn.has(id)) ?? 'neutral'
}

/** The sign of a setting: `setting-street`. */
export function settingSign(code: string): string {
  return firstDrawn(`setting-${code}`, 'setting-elsewhere')
}

/** The sign of an action: `action-refer`. */
export function actionSign(code: string): string {
  return firstDrawn(`action-${code}`, 'action-other')
}

/** The sign of a theme: `theme-HOU`. */
export function themeSign(code: string): string {
  return firstDrawn(`theme-${code}`, 'theme-VAR')
}

/** The sign of a subtheme such as `HOU.rent_search`: its own one or that of its theme. */
export function subthemeSign(code: string): string {
  return firstDrawn(`subtheme-${code}`, `theme-${code.split('.')[0]}`, 'theme-VAR')
}

/** The same for a list that others may see over a shoulder: a sensitive subtheme shows only that there is one. */
export function subthemeSignInList(code: string, sensitive: string | null): string {
  return sensitive === null ? subthemeSign(code) : 'neutral'
}

/** Address of the sprite that holds a drawing. */
export function spriteOf(drawing: string): string {
  return drawing.startsWith('sign-') ? signsUrl : url
}
