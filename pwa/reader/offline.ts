/**
 * Keeping what was read: the page tells its service worker which files it is made of. Nothing is kept that tells who
 * read, and the reader can have all of it removed.
 */
type Policy = { createScriptURL(url: string): string }
type Factory = { createPolicy(name: string, rules: Policy): Policy }

const WORKER = '/g/sw.js'

const rules: Policy = {
  createScriptURL(url) {
    if (url !== WORKER) throw new TypeError('not our worker')
    return url
  },
}

/** Register the worker, and let it keep this page. Resolves when the page is kept; false where that is not possible. */
export async function keepThisPage(): Promise<boolean> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!workers) return false
  try {
    const policy = (window as { trustedTypes?: Factory }).trustedTypes?.createPolicy('wegwijs-worker', rules) ?? rules
    const registration = await workers.register(policy.createScriptURL(WORKER), { scope: '/g/' })
    changeUnseen(workers, registration)
    await workers.ready
    return await keep([location.pathname, ...(await loaded())])
  } catch {
    return false // plain http in a local network, private browsing: the page works as long as there is a network
  }
}

/** The page's own files, once the fonts that its letters need are there. */
async function loaded(): Promise<string[]> {
  await document.fonts.ready
  const names = performance.getEntriesByType('resource').map((entry) => new URL(entry.name))
  return names.filter((url) => url.origin === location.origin && url.pathname.startsWith('/assets/')).map((url) => url.pathname)
}

/** A newer release takes over while nobody looks, and the page is then loaded anew: it opens where it was. */
function changeUnseen(workers: ServiceWorkerContainer, registration: ServiceWorkerRegistration): void {
  let controlled = workers.controller !== null
  workers.addEventListener('controllerchange', () => {
    if (controlled && document.visibilityState === 'hidden') location.reload()
    controlled = true
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') registration.waiting?.postMessage({ deed: 'take-over' })
    else void registration.update().catch(() => undefined)
  })
}

/** Let the worker keep these addresses. */
export function keep(addresses: string[]): Promise<boolean> {
  return ask({ deed: 'keep', addresses })
}

/** Remove everything of the guides from this phone. */
export function forget(): Promise<boolean> {
  return ask({ deed: 'forget' })
}

async function ask(message: object): Promise<boolean> {
  const registration = await navigator.serviceWorker?.getRegistration('/g/')
  const worker = registration?.active
  if (!worker) return false
  const { port1, port2 } = new MessageChannel()
  return new Promise((done) => {
    port1.onmessage = (event) => done(event.data === true)
    worker.postMessage(message, [port2])
  })
}
