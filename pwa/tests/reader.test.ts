import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { fill } from '../build/reader.ts'
import { direction } from '../reader/swipe.ts'
import { localVoice, mayAskTheNetwork, say, speaks, textHash } from '../reader/voice.ts'

type Shown = (request: { url: string }) => Promise<{ said: string }>
type Filled = (bundle: object, shown: string[], today: Date) => string | undefined

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TEMPLATE = readFileSync(new URL('../reader/sw.template.js', import.meta.url), 'utf8')

const voice = (lang: string, localService: boolean): SpeechSynthesisVoice =>
  ({ lang, localService, name: lang, default: false, voiceURI: lang }) as SpeechSynthesisVoice

test('a voice speaks its own language, and the country where the text names one', () => {
  for (const [one, text] of [['nl-BE', 'nl'], ['ar_SA', 'ar'], ['fa-IR', 'fa'], ['fa-AF', 'fa-AF'], ['uk', 'uk']] as const)
    assert.equal(speaks(one, text), true, `${one} ${text}`)
  for (const [one, text] of [['ar-MA', 'ary'], ['fa-AF', 'fa'], ['fa-IR', 'fa-AF'], ['ru-RU', 'ce'], ['', 'nl'], ['nl', '']] as const)
    assert.equal(speaks(one, text), false, `${one} ${text}`)
})

test('a voice of the network is never taken', () => {
  assert.equal(localVoice([voice('ar-SA', false), voice('fa-IR', true)], 'ar'), undefined)
  assert.equal(localVoice([voice('ar-SA', false), voice('ar-EG', true)], 'ar')?.lang, 'ar-EG')
  const synthesis = { cancel() {}, speak: () => assert.fail('spoke') } as unknown as SpeechSynthesis
  assert.throws(() => say(synthesis, voice('ar-SA', false), 'x', 'ar'))
  assert.throws(() => say(synthesis, voice('fa-IR', true), 'x', 'ar'))
})

test('on Android a voice that calls itself local is trusted only without a network', () => {
  assert.equal(mayAskTheNetwork('Mozilla/5.0 (Linux; Android 9)', true), true)
  assert.equal(mayAskTheNetwork('Mozilla/5.0 (Linux; Android 9)', false), false)
  assert.equal(mayAskTheNetwork('Mozilla/5.0 (X11; Linux)', true), false)
})

test('a swipe follows the line of writing, and a scroll is none', () => {
  assert.deepEqual([direction(-80, 10, false), direction(80, 10, false)], [1, -1])
  assert.deepEqual([direction(-80, 10, true), direction(80, 10, true)], [-1, 1])
  assert.deepEqual([direction(-40, 0, false), direction(-80, 60, false), direction(0, 200, true)], [0, 0, 0])
})

test('a text has the hash that the server counts', async () => {
  assert.equal(await textHash('  a\n b '), await textHash('a b'))
  assert.equal(await textHash('a b'), 'c8687a08aa5d')
})

test('the worker lists the files that every page needs, and its version follows from them', () => {
  const built = { style: '/assets/s-1.css', script: '/assets/r-1.js', fonts: {} }
  const worker = fill(TEMPLATE, built, 'one')
  assert.match(worker, /const FILES = \["\/assets\/s-1.css","\/assets\/r-1.js"\]/)
  assert.notEqual(worker, fill(TEMPLATE, built, 'two'))
  assert.throws(() => fill('', built, 'one'))
})

/** The rule that lays languages into the layout exists twice; both must give the same page. */
test('the service worker fills a page exactly as the server does', () => {
  const made = execFileSync(`${ROOT}.venv/bin/python`, ['-m', 'tests.reader_pages'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 })
  const { bundle, pages } = JSON.parse(made) as { bundle: object; pages: [string[], string, string][] }
  const worker = `${fill(TEMPLATE, { style: '', script: '', fonts: {} }, '')}; filled`
  const filled = runInNewContext(worker, { self: { addEventListener() {} } }) as Filled
  for (const [shown, today, page] of pages) {
    const found = filled(structuredClone(bundle), shown, new Date(today))
    // With two languages the code leads to the second one's page: a phone makes no codes.
    const rest = (text: string | undefined): string | undefined => text?.replace(/<div class="take">.*?<\/div>/s, '')
    assert.equal(shown.length === 1 ? found : rest(found), shown.length === 1 ? page : rest(page), shown.join('+'))
  }
  assert.equal(pages.length, 5)
  assert.equal(filled(structuredClone(bundle), ['nl', 'xx'], new Date()), undefined)
  assert.equal(filled(structuredClone(bundle), ['nl', 'ar', 'fa'], new Date()), undefined)
})

test('a server in trouble is no network: what is on the phone is read, and the trouble is shown only without it', async () => {
  const kept = new Map([['/g/rent/nl', { status: 200, said: 'kept' }]])
  const cache = { match: async (path: string) => kept.get(path), put: async () => undefined }
  const world = {
    self: { addEventListener() {} },
    caches: { open: async () => cache },
    fetch: async () => ({ status: 502, ok: false, redirected: false, said: 'trouble' }),
    URL,
    setTimeout,
    clearTimeout,
  }
  const page = runInNewContext(`${fill(TEMPLATE, { style: '', script: '', fonts: {} }, '')}; page`, world) as Shown
  const shown = async (path: string): Promise<string> => (await page({ url: `https://gids.example${path}` })).said
  assert.equal(await shown('/g/rent/nl'), 'kept')
  assert.equal(await shown('/g/rent/ar'), 'trouble')
})
