/** Light, dark, sunlight, or as the device says. Chosen per device; no record of any person hangs on it. */
export const THEMES = ['auto', 'light', 'dark', 'sunlight'] as const
export type ThemeName = (typeof THEMES)[number]

const KEY = 'wegwijs/theme'
/** What the browser colours its own bars with: the paper of each theme. */
const PAPER = { light: '#fbfaf6', dark: '#12161f', sunlight: '#ffffff' }

function stored(): ThemeName {
  const found = localStorage.getItem(KEY)
  return THEMES.find((name) => name === found) ?? 'auto'
}

class Theme {
  name = $state<ThemeName>(stored())

  /** Puts the choice on the page; called once at start and at every change. */
  apply(): void {
    const root = document.documentElement
    if (this.name === 'auto') delete root.dataset.theme
    else root.dataset.theme = this.name
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      const scheme = meta.media.includes('dark') ? 'dark' : 'light'
      meta.content = PAPER[this.name === 'auto' ? scheme : this.name]
    }
  }

  choose(name: ThemeName): void {
    this.name = name
    localStorage.setItem(KEY, name)
    this.apply()
  }
}

export const theme = new Theme()
