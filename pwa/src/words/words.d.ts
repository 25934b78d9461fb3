declare module 'virtual:words' {
  export type Catalogue = {
    tag: string
    own_name: string
    dir: 'ltr' | 'rtl'
    intl: string
    machine: boolean
    plural: string
    messages: Record<string, string | string[]>
  }
  /** The language that is part of the entry. */
  export const source: Catalogue
  /** All languages, in the order in which they are offered. */
  export const languages: Pick<Catalogue, 'tag' | 'own_name' | 'dir' | 'machine'>[]
}
