/*
 * The emergency brake of the guide pages: served in place of g/sw.js, it removes their service worker and all that it
 * kept from every browser that comes by, and loads the open pages anew from the server.
 */
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(off()))

async function off() {
  for (const name of await caches.keys()) if (name.startsWith('reader-')) await caches.delete(name)
  await self.registration.unregister()
  for (const page of await self.clients.matchAll({ type: 'window' })) page.navigate(page.url)
}
