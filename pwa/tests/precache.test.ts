/** The service worker's file list and version: what a release is made of, and when it is a new one. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { fill } from '../build/precache.ts'

const template = readFileSync(new URL('../sw.template.js', import.meta.url), 'utf8')
const files = (more: [string, string][] = []) =>
  new Map([['/index.html', '<p>1'], ['/assets/a-1.js', 'x'], ['/manifest.webmanifest', '{}'], ...more] as [string, string][])
const version = (source: string) => /VERSION = '(\w+)'/.exec(source)![1]
const listed = (source: string) => JSON.parse(/FILES = (\[.*\])/.exec(source)![1]!) as string[]

describe('the service worker', () => {
  test('lists every file of the release, in order', () => {
    assert.deepEqual(listed(fill(template, files())), ['/assets/a-1.js', '/index.html', '/manifest.webmanifest'])
  })

  test('leaves out workers, screenshots, maps and packed copies', () => {
    const extra = ['/sw.js', '/sw-off.js', '/screenshots/today.png', '/assets/a-1.js.map', '/assets/a-1.js.br', '/index.html.gz']
    const source = fill(template, files(extra.map((name) => [name, ''])))
    assert.equal(listed(source).length, 3)
  })

  test('has a new version when any content changes, and only then', () => {
    const before = version(fill(template, files()))
    assert.equal(version(fill(template, files())), before)
    assert.notEqual(version(fill(template, files([['/index.html', '<p>2']]))), before)
    assert.notEqual(version(fill(template, files([['/assets/b-1.js', '']]))), before)
    assert.notEqual(version(fill(`${template}// changed`, files())), before)
  })

  test('is whole JavaScript after filling in', () => {
    assert.doesNotThrow(() => new Script(fill(template, files())))
  })

  test('cannot be made without a page or with a broken template', () => {
    assert.throws(() => fill(template, new Map([['/a.js', '']])), /index\.html/)
    assert.throws(() => fill(template.replace('__FILES__', '[]'), files()), /__FILES__/)
    assert.throws(() => fill(`${template}__VERSION__`, files()), /__VERSION__/)
  })

  test('never takes over by itself', () => {
    assert.equal(template.match(/skipWaiting\(/g)?.length, 1)
    assert.match(template, /'take-over'\) event\.waitUntil\(self\.skipWaiting\(\)\)/)
  })
})
