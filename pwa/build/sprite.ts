/**
 * Makes two sprites of the drawings in `pictograms/`, hashed files in /assets/, so that they are cached for good and
 * work offline: the app's own signs, asked for at once, and those of the guides (`sign-…`), asked for only where a
 * guide is shown. The module `virtual:pictograms` says where they are; `virtual:signs` is the catalogue.
 *
 * The drawings keep plain colours, so that any viewer shows them. In the sprite each colour becomes a custom
 * property with that colour as its fallback: themes restyle all drawings at once (see src/look/Pictogram.svelte).
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const FOLDER = fileURLToPath(new URL('../pictograms/', import.meta.url))
const SIGNS = 'virtual:signs'
const MODULES = ['virtual:pictograms', SIGNS]
const GUIDE_SIGN = 'sign-'

/** The palette. A drawing that uses another colour stops the build. */
const COLOURS: Record<string, string> = {
  '#F5B700': 'yellow',
  '#8EC5EE': 'blue',
  '#9AD3AE': 'green',
  '#F0968B': 'red',
  '#FFFFFF': 'paper',
  '#C9C4B8': 'grey',
  '#F2D0B0': 'skin-light',
  '#C98E62': 'skin-middle',
  '#8A5A3C': 'skin-dark',
}

interface Sprite {
  url: string
  ids: string[]
  source: string
}

function symbol(id: string, svg: string): string {
  const parts = /^<svg xmlns="[^"]*" ([^>]*)>([\s\S]*)<\/svg>\s*$/.exec(svg)
  const [, attributes, content] = parts ?? []
  if (!attributes || !content) throw new Error(`pictograms/${id}.svg is not one plain <svg> element`)
  const body = content.replace(/\n\s*/g, '').replace(/#[0-9A-Fa-f]{3,8}\b/g, (colour) => {
    const name = COLOURS[colour]
    if (!name) throw new Error(`pictograms/${id}.svg: ${colour} is not in the palette`)
    return `var(--pic-${name},${colour})`
  })
  return `<symbol id="${id}" ${attributes}>${body}</symbol>`
}

interface Described {
  keywords: string[]
  alt: string
  mirror: boolean
  recognised: boolean | null
  same_as?: string
}

interface Made {
  /** The app's own drawings. */
  app: Sprite
  /** Those that only guides show. */
  signs: Sprite
  catalogue: Record<string, Described>
}

function spriteOf(base: string, name: string, ids: string[]): Sprite {
  const symbols = ids.map((id) => symbol(id, readFileSync(join(FOLDER, `${id}.svg`), 'utf8')))
  const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('\n')}</svg>\n`
  const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8)
  return { url: `${base}assets/${name}-${hash}.svg`, ids, source }
}

function make(base: string): Made {
  const ids = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.svg'))
    .map((name) => name.slice(0, -'.svg'.length))
    .sort()
  return {
    app: spriteOf(base, 'pictograms', ids.filter((id) => !id.startsWith(GUIDE_SIGN))),
    signs: spriteOf(base, 'signs', ids.filter((id) => id.startsWith(GUIDE_SIGN))),
    catalogue: JSON.parse(readFileSync(join(FOLDER, 'catalogue.json'), 'utf8')) as Made['catalogue'],
  }
}

function moduleOfApp({ app, signs, catalogue }: Made): string {
  return [
    `export const url = ${JSON.stringify(app.url)}`,
    `export const signsUrl = ${JSON.stringify(signs.url)}`,
    `export const ids = ${JSON.stringify(app.ids)}`,
    `export const mirrored = ${JSON.stringify([...app.ids, ...signs.ids].filter((id) => catalogue[id]?.mirror))}`,
  ].join('\n')
}

/**
 * Provides `virtual:pictograms`: `url` of the app's sprite, `ids` in it, `signsUrl` of the guides' and which drawings
 * are `mirrored` right-to-left; and `virtual:signs`, for the parts of the app that deal with guides: the whole
 * `catalogue`.
 */
export function sprite(): Plugin {
  let base = '/'
  return {
    name: 'wegwijs-sprite',
    configResolved(config) {
      base = config.base
    },
    resolveId(id) {
      return MODULES.includes(id) ? `\0${id}` : undefined
    },
    load(id) {
      if (!MODULES.includes(id.slice(1))) return undefined
      const made = make(base)
      for (const drawing of [...made.app.ids, ...made.signs.ids]) this.addWatchFile(join(FOLDER, `${drawing}.svg`))
      this.addWatchFile(join(FOLDER, 'catalogue.json'))
      return id === `\0${SIGNS}` ? `export const catalogue = ${JSON.stringify(made.catalogue)}` : moduleOfApp(made)
    },
    generateBundle() {
      const { app, signs } = make(base)
      for (const { url, source } of [app, signs]) {
        this.emitFile({ type: 'asset', fileName: url.slice(base.length), source })
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const asked = /^assets\/(pictograms|signs)-/.exec(request.url?.slice(base.length) ?? '')
        if (!asked) return next()
        response.setHeader('Content-Type', 'image/svg+xml')
        response.setHeader('Cache-Control', 'no-store')
        response.end(make(base)[asked[1] === 'signs' ? 'signs' : 'app'].source)
      })
    },
  }
}
