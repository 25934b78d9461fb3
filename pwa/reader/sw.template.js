/*
 * The service worker of the guide pages: what was read once can be read again without a network, in the same release of
 * pages, style and script. The build fills in the two constants (build/reader.ts). Rules:
 *   never skipWaiting by itself: the page asks, when nobody looks at it
 *   one cache a release, filled whole or not at all; a new release takes along what was kept, fetched anew
 *   only /g and what its pages load; a page comes from the network when there is one, because texts are corrected
 *   a server in trouble is no network: what is on the phone is read
 *   a guide that was kept whole (all.json) is filled here by the rule of the server (guides/pages/template.py)
 */
const VERSION = '__VERSION__'
const FILES = __FILES__
const CACHE = `reader-${VERSION}`
const SOUNDS = 'reader-sounds'
const START = '/g/'
const PATIENCE = 4000
const SLOT = /\ue000([a-z0-9.-]+)\ue001/g

self.addEventListener('install', (event) => event.waitUntil(install()))
self.addEventListener('activate', (event) => event.waitUntil(activate()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (pathname.startsWith('/assets/')) event.respondWith(kept(request, CACHE))
  else if (pathname.startsWith('/g/sound/')) event.respondWith(kept(request, SOUNDS))
  else if (request.mode === 'navigate' && !pathname.endsWith('.pdf')) event.respondWith(page(request))
})

self.addEventListener('message', (event) => {
  const { deed, addresses } = event.data
  const answer = (said) => event.ports[0]?.postMessage(said)
  if (deed === 'take-over') event.waitUntil(self.skipWaiting())
  if (deed === 'keep') event.waitUntil(keep(addresses).then(() => answer(true), () => answer(false)))
  if (deed === 'forget') event.waitUntil(forget().then(() => answer(true), () => answer(false)))
})

async function install() {
  const cache = await caches.open(CACHE)
  try {
    await Promise.all([...FILES, START].map((path) => put(cache, path)))
    for (const path of await keptBefore()) await put(cache, path, true)
  } catch (error) {
    await caches.delete(CACHE) // a half-filled cache would be taken for a whole one
    throw error
  }
}

/* Pages and guides that the releases before kept. */
async function keptBefore() {
  const paths = new Set()
  for (const name of await releases()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) paths.add(new URL(request.url).pathname)
  }
  return [...paths].filter((path) => (path.startsWith(START) && path !== START) || path.endsWith('.woff2'))
}

async function releases() {
  return (await caches.keys()).filter((name) => name.startsWith('reader-') && name !== CACHE && name !== SOUNDS)
}

/* `gone`: what the server no longer has is left out. */
async function put(cache, path, gone = false) {
  const response = await fetch(new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'no-cache' }))
  if (gone && response.status === 404) return
  if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`)
  await cache.put(path, response)
}

async function activate() {
  for (const name of await releases()) await caches.delete(name)
  await self.clients.claim()
}

/* What this page has loaded already, fonts of its script among it, comes from the browser's own cache. */
async function keep(addresses) {
  const cache = await caches.open(CACHE)
  await Promise.all(addresses.map((address) => put(cache, address)))
}

/* Everything that was read; the script and the style stay, and tell nothing. */
async function forget() {
  const cache = await caches.open(CACHE)
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url)
    if (pathname !== START && !FILES.includes(pathname)) await cache.delete(request)
  }
  await caches.delete(SOUNDS)
}

async function kept(request, name) {
  const cache = await caches.open(name)
  const copy = await cache.match(request.url)
  if (copy) return copy
  const response = await fetch(request)
  if (response.status === 200) await cache.put(request.url, response.clone())
  return response
}

async function page(request) {
  const { pathname } = new URL(request.url)
  const cache = await caches.open(CACHE)
  try {
    const response = await fetchPatiently(request)
    if (response.ok && !response.redirected) await cache.put(pathname, response.clone())
    return response.status < 500 ? response : ((await copyOf(cache, pathname)) ?? response)
  } catch {
    return (await copyOf(cache, pathname)) ?? (await cache.match(START)) ?? Response.error()
  }
}

/* The page as it was read, or laid out from a guide that was kept whole. */
async function copyOf(cache, pathname) {
  return (await cache.match(pathname)) ?? filledPage(cache, pathname)
}

/* In a cellar a request may hang for minutes. Whoever has the page on the phone need not wait for it. */
async function fetchPatiently(request) {
  const { pathname } = new URL(request.url)
  const here = await (await caches.open(CACHE)).match(pathname)
  if (!here) return fetch(request)
  let timer
  const late = new Promise((_, give) => (timer = setTimeout(() => give(new Error('late')), PATIENCE)))
  try {
    return await Promise.race([fetch(request), late])
  } finally {
    clearTimeout(timer)
  }
}

async function filledPage(cache, pathname) {
  const [, guide, wanted] = /^\/g\/([^/]+)\/([^/]+)$/.exec(decodeURIComponent(pathname)) ?? []
  const bundle = guide && (await cache.match(`/g/${guide}/all.json`))
  if (!bundle) return undefined
  const page = filled(await bundle.json(), [...new Set(wanted.split('+'))], new Date())
  if (!page) return undefined
  // The policy that binds a page comes with its headers: those of the page that the server gave.
  const headers = new Headers((await cache.match(START))?.headers)
  for (const name of ['content-encoding', 'content-length', 'etag']) headers.delete(name)
  return new Response(page, { headers })
}

/* The page in these languages; undefined when the guide lacks one. */
function filled(bundle, shown, today) {
  const parts = shown.map((tag) => bundle.languages[tag])
  if (parts.length > 2 || parts.some((part) => !part)) return undefined
  const [first, last] = [parts[0], parts[parts.length - 1]]
  const slots = {
    ...first.slots,
    qr: last.slots.qr,
    address: last.slots.address,
    size: bundle.size,
    langs: shown.join('+'),
    first: shown[0],
    last: shown[shown.length - 1],
    names: parts.map((part) => part.slots.name).join(' · '),
    overdue: today.toISOString().slice(0, 10) > bundle.check_again_by ? 'overdue' : '',
  }
  const source = bundle.languages[bundle.source]
  source.blocks.forEach((block, number) => {
    const blocks = parts.map((part) => part.blocks[number])
    if (parts.every((part) => part.missing.includes(number))) blocks.push(block)
    slots[`step.${number}`] = blocks.join('')
  })
  return bundle.layout.replace(SLOT, (_, name) => slots[name])
}
