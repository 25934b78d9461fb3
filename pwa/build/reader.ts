/**
 * Writes what the server must know of the guide pages' files (`/reader.json`), and their service worker (`/g/sw.js`) with
 * the list of files that it keeps and a version made from their contents.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const TEMPLATE = fileURLToPath(new URL('../reader/sw.template.js', import.meta.url))
const SWITCH_OFF = fileURLToPath(new URL('../reader/sw-off.js', import.meta.url))

export interface Built {
  style: string
  script: string
  fonts: Record<string, string>
}

export function reader(): Plugin {
  return {
    name: 'wegwijs-reader',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const built: Built = { style: '', script: '', fonts: {} }
        const digest = createHash('sha256')
        for (const part of Object.values(bundle)) {
          const address = `/${part.fileName}`
          if (part.type === 'chunk') built.script = address
          else if (part.fileName.endsWith('.css')) built.style = address
          else if (part.originalFileNames[0]) built.fonts[basename(part.originalFileNames[0])] = address
          digest.update(address)
        }
        const worker = fill(readFileSync(TEMPLATE, 'utf8'), built, digest.digest('hex'))
        this.emitFile({ type: 'asset', fileName: 'reader.json', source: JSON.stringify(built) })
        this.emitFile({ type: 'asset', fileName: 'g/sw.js', source: worker })
        this.emitFile({ type: 'asset', fileName: 'g/sw-off.js', source: readFileSync(SWITCH_OFF) })
      },
    },
  }
}

/** The worker for these files. The fonts are not among those it fetches at once: each script needs its own. */
export function fill(template: string, built: Built, files: string): string {
  const version = createHash('sha256').update(template).update(files).digest('hex').slice(0, 12)
  const constants = { __VERSION__: version, __FILES__: JSON.stringify([built.style, built.script]) }
  let source = template
  for (const [place, value] of Object.entries(constants)) {
    const [before, after, ...more] = source.split(place)
    if (after === undefined || more.length) throw new Error(`reader/sw.template.js must hold ${place} once`)
    source = before + value + after
  }
  return source
}
