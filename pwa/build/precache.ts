/**
 * Writes sw.js: the service worker with the list of all files of this build and a version made from their contents.
 * A word that changes makes a new version; building the same sources twice does not.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const TEMPLATE = fileURLToPath(new URL('../sw.template.js', import.meta.url))

/** Never asked for by the app: screenshots for the install dialog, workers, packed copies. */
const LEFT_OUT = /^\/(screenshots\/|sw(-off)?\.js|robots\.txt)|\.(map|br|gz)$/

type Contents = Map<string, string | Uint8Array>

/** Fills `sw.template.js` and emits it as `sw.js`, after all other files of the build are known. */
export function precache(): Plugin {
  let publicFolder = ''
  return {
    name: 'wegwijs-precache',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicFolder = config.publicDir
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const files: Contents = filesOf(publicFolder)
        for (const part of Object.values(bundle)) {
          files.set(`/${part.fileName}`, part.type === 'chunk' ? part.code : part.source)
        }
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: fill(readFileSync(TEMPLATE, 'utf8'), files) })
      },
    },
  }
}

/** The worker for these files. Throws when the template has not exactly one place for each constant. */
export function fill(template: string, files: Contents): string {
  const names = [...files.keys()].filter((name) => !LEFT_OUT.test(name)).sort()
  if (!names.includes('/index.html')) throw new Error('the service worker needs index.html')
  const digest = createHash('sha256').update(template)
  for (const name of names) digest.update(`${name}\0`).update(files.get(name)!)
  const constants = { __VERSION__: digest.digest('hex').slice(0, 12), __FILES__: JSON.stringify(names) }
  let source = template
  for (const [place, value] of Object.entries(constants)) {
    const [before, after, ...more] = source.split(place)
    if (after === undefined || more.length) throw new Error(`sw.template.js must hold ${place} once`)
    source = before + value + after
  }
  return source
}

function filesOf(folder: string): Contents {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const files = names.filter((path) => statSync(path).isFile())
  return new Map(files.map((path) => [`/${relative(folder, path).replaceAll('\\', '/')}`, readFileSync(path)]))
}
