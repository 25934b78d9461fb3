/**
 * A newer app: it waits until the person asks, so that a half-typed contact never meets new code. The page is loaded
 * anew only when the new worker has taken over, and only when every draft is on the disk.
 */
import { isDraftUnsaved } from '../store/draft.ts'
import { serviceWorkerAddress } from '../store/trusted.ts'

const LOOK_AGAIN = 300

export class AppUpdate {
  /** A newer app is here and waits. */
  waiting = $state(false)

  #registration: ServiceWorkerRegistration | null = null

  /** Register the service worker. Without one the app works as long as there is a network. */
  async start(): Promise<void> {
    const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
    if (!workers || import.meta.env.DEV) return
    // The first worker takes this page over without a reload: it was loaded from the same release.
    let controlled = workers.controller !== null
    workers.addEventListener('controllerchange', () => {
      if (controlled) this.#reload()
      controlled = true
    })
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.look())
    try {
      const registration = await workers.register(serviceWorkerAddress)
      this.#registration = registration
      this.#watch(registration)
      registration.addEventListener('updatefound', () => this.#watch(registration))
    } catch {
      // Plain http in a local network, private browsing: no service worker; nothing else depends on it.
    }
  }

  /** Ask the server for a newer app. Installed apps stay open for days. */
  look(): void {
    void this.#registration?.update().catch(() => undefined)
  }

  /** Let the waiting app take over; the page then loads anew, in all tabs. */
  async takeOver(): Promise<void> {
    const registration = this.#registration ?? (await navigator.serviceWorker?.getRegistration())
    registration?.waiting?.postMessage('take-over')
  }

  #watch(registration: ServiceWorkerRegistration): void {
    const tell = (): void => {
      this.waiting = registration.waiting !== null && registration.active !== null
    }
    tell()
    registration.installing?.addEventListener('statechange', tell)
  }

  /** Another tab may have asked: what is typed here is brought to the disk first. */
  #reload(): void {
    if (isDraftUnsaved()) setTimeout(() => this.#reload(), LOOK_AGAIN)
    else location.reload()
  }
}
