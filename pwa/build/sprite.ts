/**
 * Makes one sprite of all drawings in `pictograms/`: a hashed file in /assets/, so that it is cached for good and
 * works offline, and the module `virtual:pictograms` that says where it is.
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
const MODULE = 'virtual:pictograms'
const RESOLVED = '\0' + MODULE

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
  mirrored: string[]
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

function make(base: string): Sprite {
  const ids = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.svg'))
    .map((name) => name.slice(0, -'.svg'.length))
    .sort()
  const catalogue = JSON.parse(readFileSync(join(FOLDER, 'catalogue.json'), 'utf8')) as Record<
    string,
    { mirror: boolean }
  >
  const symbols = ids.map((id) => symbol(id, readFileSync(join(FOLDER, `${id}.svg`), 'utf8')))
  const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('\n')}</svg>\n`
  const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8)
  return {
    url: `${base}assets/pictograms-${hash}.svg`,
    ids,
    mirrored: ids.filter((id) => catalogue[id]?.mirror),
    source,
  }
}

/** Provides `virtual:pictograms`: `url` of the sprite, `ids` in it, and which of them are `mirrored` right-to-left. */
export function sprite(): Plugin {
  let base = '/'
  return {
    name: 'wegwijs-sprite',
    configResolved(config) {
      base = config.base
    },
    resolveId(id) {
      return id === MODULE ? RESOLVED : undefined
    },
    load(id) {
      if (id !== RESOLVED) return undefined
      const { url, ids, mirrored } = make(base)
      for (const one of ids) this.addWatchFile(join(FOLDER, `${one}.svg`))
      return [
        `export const url = ${JSON.stringify(url)}`,
        `export const ids = ${JSON.stringify(ids)}`,
        `export const mirrored = ${JSON.stringify(mirrored)}`,
      ].join('\n')
    },
    generateBundle() {
      const { url, source } = make(base)
      this.emitFile({ type: 'asset', fileName: url.slice(base.length), source })
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith(`${base}assets/pictograms-`)) return next()
        response.setHeader('Content-Type', 'image/svg+xml')
        response.setHeader('Cache-Control', 'no-store')
        response.end(make(base).source)
      })
    },
  }
}
