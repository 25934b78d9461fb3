/*
 * The service worker of the staff's app: keeps one release whole, so that the app opens without a network.
 * The build fills in the two constants (build/precache.ts). Rules, each paid for by somebody's lost entry:
 *   never skipWaiting by itself: a half-typed contact must not meet new code; the page asks
 *   one cache a release, filled whole or not at all
 *   /api and the guides (/g) are none of its business
 */
const VERSION = '__VERSION__'
const FILES = __FILES__
const CACHE = `app-${VERSION}`

self.addEventListener('install', (event) => event.waitUntil(install()))
self.addEventListener('activate', (event) => event.waitUntil(activate()))

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') event.waitUntil(self.skipWaiting())
})

self.addEventListener('fetch', (event) => {
  if (isOurs(event.request)) event.respondWith(answer(event.request))
})

async function install() {
  const cache = await caches.open(CACHE)
  try {
    await Promise.all(FILES.map((path) => fill(cache, path)))
  } catch (error) {
    await caches.delete(CACHE) // a half-filled cache would be taken for a whole one
    throw error
  }
}

/* Hashed files never change: an older release's copy is as good as the server's. */
async function fill(cache, path) {
  const hashed = path.startsWith('/assets/')
  const copy = hashed && (await caches.match(path))
  const response = copy || (await fetch(new Request(path, { cache: hashed ? 'default' : 'reload' })))
  if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`)
  await cache.put(path, response)
}

async function activate() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith('app-') && name !== CACHE).map((name) => caches.delete(name)))
  await self.clients.claim()
}

function isOurs(request) {
  const { origin, pathname } = new URL(request.url)
  const others = pathname.startsWith('/api/') || pathname === '/g' || pathname.startsWith('/g/')
  return request.method === 'GET' && origin === self.location.origin && !others
}

async function answer(request) {
  const cache = await caches.open(CACHE)
  return (await cache.match(request.mode === 'navigate' ? '/index.html' : request)) ?? fetch(request)
}
