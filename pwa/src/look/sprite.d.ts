/** Made by build/sprite.ts from the drawings in pictograms/. */
declare module 'virtual:pictograms' {
  /** Address of the app's sprite, with its hash. */
  export const url: string
  /** Address of the sprite with the signs that only guides show (`sign-…`): fetched when the first one is shown. */
  export const signsUrl: string
  /** The app's own drawings: theme-HOU, setting-street, action-refer, subtheme-HOU.rent_search, neutral … */
  export const ids: readonly string[]
  /** Those of either sprite that turn around in a right-to-left page. */
  export const mirrored: readonly string[]
}

/** The catalogue of all drawings, for the parts of the app that deal with guides. */
declare module 'virtual:signs' {
  export interface Described {
    /** English words to find it by. */
    readonly keywords: readonly string[]
    /** What it shows, in English: a message of locales/…/pictograms.po. */
    readonly alt: string
    readonly mirror: boolean
    /** By eyes that did not know the list. */
    readonly recognised: boolean | null
    /** The drawing that this name means. */
    readonly same_as?: string
  }
  export const catalogue: Readonly<Record<string, Described>>
}
