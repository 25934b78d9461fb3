/** Writes `.br` and `.gz` beside every text file of the build, so that the server only chooses. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(js|css|html|json|svg|webmanifest)$/
/** Below this a compressed file saves less than one packet. */
const WORTHWHILE = 1024

function compress(path: string): void {
  // The guide pages are built beside the app, which packed its own files before.
  if (existsSync(`${path}.br`)) return
  const source = readFileSync(path)
  if (source.length < WORTHWHILE) return
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: source.length }
  writeFileSync(`${path}.br`, brotliCompressSync(source, { params }))
  writeFileSync(`${path}.gz`, gzipSync(source, { level: 9 }))
}

export function compressed(): Plugin {
  let folder = ''
  return {
    name: 'wegwijs-compressed',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      folder = config.build.outDir
    },
    closeBundle: {
      // After every plugin that writes files of its own at the end, such as the service worker.
      order: 'post',
      sequential: true,
      handler() {
        for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
          const path = join(folder, name)
          if (TEXT.test(name) && statSync(path).isFile()) compress(path)
        }
      },
    },
  }
}
