/** Made by build/sprite.ts from the drawings in pictograms/. */
declare module 'virtual:pictograms' {
  /** Address of the sprite, with its hash. */
  export const url: string
  /** Every drawing in it: theme-HOU, setting-street, action-refer, subtheme-HOU.rent_search, neutral … */
  export const ids: readonly string[]
  /** Those that turn around in a right-to-left page. */
  export const mirrored: readonly string[]
}
