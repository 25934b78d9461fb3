/**
 * The only script addresses this app may start from code: our workers. The content security policy demands a policy
 * of this name for `new Worker` and `serviceWorker.register`; anything else is refused before it loads.
 */
import lockerUrl from './locker.worker.ts?worker&url'

/** What these calls want where Trusted Types exist; a plain string elsewhere. The DOM types know strings only. */
type WorkerAddress = string & { readonly __address: unique symbol }

type PolicyFactory = {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown }
}

const SERVICE_WORKER = '/sw.js'
/** That of the guide pages, so that they open without a network before anybody has read one here. */
const GUIDE_WORKER = '/g/sw.js'

const rules = {
  createScriptURL(url: string): string {
    if (![SERVICE_WORKER, GUIDE_WORKER, lockerUrl].includes(url)) throw new TypeError('not one of our workers')
    return url
  },
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
const policy = factory?.createPolicy('wegwijs-worker', rules) ?? rules

export const lockerAddress = policy.createScriptURL(lockerUrl) as WorkerAddress
export const serviceWorkerAddress = policy.createScriptURL(SERVICE_WORKER) as WorkerAddress
export const guideWorkerAddress = policy.createScriptURL(GUIDE_WORKER) as WorkerAddress
