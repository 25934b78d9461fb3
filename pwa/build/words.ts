/**
 * Brings the compiled catalogues (scripts/compile_words.py) into the app.
 *
 * The first language is part of the entry: one request less before the first screen. Each other one is a hashed JSON
 * file, and `/words.json` says which: if the modules named those files, a changed word of French would rename the entry
 * and every phone would fetch the whole app again.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const FOLDER = fileURLToPath(new URL('../src/words/generated/', import.meta.url))
const TABLE = fileURLToPath(new URL('../../locales/languages.toml', import.meta.url))
const MODULE = 'virtual:words'
const RESOLVED = '\0' + MODULE

interface Catalogue {
  tag: string
  own_name: string
  dir: string
  machine: boolean
}

/** In the order of locales/languages.toml. */
function catalogues(): Catalogue[] {
  const order = [...readFileSync(TABLE, 'utf8').matchAll(/^tag = "(.+)"$/gm)].map((match) => match[1]!)
  return readdirSync(FOLDER)
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Catalogue)
    .sort((one, other) => order.indexOf(one.tag) - order.indexOf(other.tag))
}

function files(): Map<string, { name: string; source: string }> {
  const found = new Map<string, { name: string; source: string }>()
  for (const catalogue of catalogues().slice(1)) {
    const source = JSON.stringify(catalogue)
    const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8)
    found.set(catalogue.tag, { name: `assets/words-${catalogue.tag}-${hash}.json`, source })
  }
  return found
}

/** The unhashed list: `{"fr": "/assets/words-fr-….json"}`. */
function manifest(): string {
  return JSON.stringify(Object.fromEntries([...files()].map(([tag, { name }]) => [tag, `/${name}`])))
}

/** Provides `virtual:words`, writes the catalogues' files and `/words.json`. */
export function words(): Plugin {
  return {
    name: 'wegwijs-words',
    resolveId(id) {
      return id === MODULE ? RESOLVED : undefined
    },
    load(id) {
      if (id !== RESOLVED) return undefined
      const all = catalogues()
      const offered = all.map(({ tag, own_name, dir, machine }) => ({ tag, own_name, dir, machine }))
      return `export const source = ${JSON.stringify(all[0])}\nexport const languages = ${JSON.stringify(offered)}\n`
    },
    generateBundle() {
      for (const { name, source } of files().values()) this.emitFile({ type: 'asset', fileName: name, source })
      this.emitFile({ type: 'asset', fileName: 'words.json', source: manifest() })
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = [...files().values()].find(({ name }) => request.url === `/${name}`)
        if (!file && request.url !== '/words.json') return next()
        response.setHeader('Content-Type', 'application/json')
        response.end(file ? file.source : manifest())
      })
    },
  }
}
