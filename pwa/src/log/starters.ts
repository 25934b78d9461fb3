/**
 * What a worker sees before there are habits: the subthemes and actions that come most often in a city's published
 * half-year, and the languages that are spoken most with newcomers.
 */
export const STARTER_SUBTHEMES = [
  'HOU.rent_search',
  'LEG.residence',
  'FIN.taxes',
  'WRK.search',
  'DOC.authority_letter',
  'TRN.nt2',
  'LEG.asylum',
  'HOU.social',
]
export const STARTER_ACTIONS = ['refer', 'phone', 'explain', 'accompany']
export const STARTER_LANGUAGES = ['ar', 'fr', 'en', 'nl', 'ru']
export const TILES = 6

/** The first `count` of the own ones, filled up with the starters, without doubles and only what is offered. */
export function filledUp(own: readonly string[], starters: readonly string[], offered: ReadonlySet<string>, count: number): string[] {
  return [...new Set([...own, ...starters])].filter((code) => offered.has(code)).slice(0, count)
}
