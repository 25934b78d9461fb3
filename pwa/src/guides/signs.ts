/** From a pictogram's name in a guide to the drawing that shows it. */
import { ids } from 'virtual:pictograms'
import { catalogue } from 'virtual:signs'

const own: ReadonlySet<string> = new Set(ids)

/** `key` is the drawing `sign-key`, or the one that it is the same as; `theme-HOU` is itself. */
export function guideSign(id: string): string {
  if (own.has(id)) return id
  const name = `sign-${id}`
  return catalogue[name]?.same_as ?? name
}
