/** Keeping whole guides on this phone through the service worker of the guide pages, before anybody has read one here. */
import { guideWorkerAddress } from '../store/trusted.ts'

/** Bytes of a guide with all its languages as it travels; null when the server cannot be asked. */
export async function sizeOf(code: string): Promise<number | null> {
  try {
    const answer = await fetch(bundle(code), { cache: 'no-cache' })
    const size = Number(answer.headers.get('Content-Length')) || (await answer.blob()).size
    return answer.ok ? size : null
  } catch {
    return null
  }
}

/** Which of these guides open without a network. */
export async function kept(codes: string[]): Promise<Set<string>> {
  if (!('caches' in globalThis)) return new Set()
  const found = await Promise.all(codes.map(async (code) => ((await caches.match(bundle(code))) ? code : null)))
  return new Set(found.filter((code) => code !== null))
}

/** Let the worker of the guide pages keep these guides whole. Resolves whether it did. */
export async function keep(codes: string[]): Promise<boolean> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!workers) return false
  try {
    const registration = await workers.register(guideWorkerAddress, { scope: '/g/' })
    const worker = await active(registration)
    return await ask(worker, { deed: 'keep', addresses: codes.map(bundle) })
  } catch {
    return false
  }
}

function bundle(code: string): string {
  return `/g/${code}/all.json`
}

/** `workers.ready` would wait for a worker of this page, which is another one. */
function active(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const coming = registration.active ?? registration.waiting ?? registration.installing
  if (!coming || coming.state === 'activated') return Promise.resolve(coming!)
  return new Promise((done, failed) => {
    coming.addEventListener('statechange', () => {
      if (coming.state === 'activated') done(coming)
      if (coming.state === 'redundant') failed(new Error('the worker could not be installed'))
    })
  })
}

function ask(worker: ServiceWorker, message: object): Promise<boolean> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((done) => {
    port1.onmessage = (event) => done(event.data === true)
    worker.postMessage(message, [port2])
  })
}
