/*
 * The emergency brake: served in place of sw.js, it removes the service worker and its caches from every browser that
 * comes by, and loads the open pages anew from the server. Records are in IndexedDB and stay untouched.
 */
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(off()))

async function off() {
  for (const name of await caches.keys()) if (name.startsWith('app-')) await caches.delete(name)
  await self.registration.unregister()
  for (const page of await self.clients.matchAll({ type: 'window' })) page.navigate(page.url)
}
