/**
 * The one script of the guide pages. Without it a guide is read from top to bottom; with it, one step at a time, by
 * swipe, keys or buttons. The address's `#` always says what is shown, so that a reload, a shared address and the way
 * back work by themselves. All words come with the page.
 */
import './reader.css'
import './print.css'
import { forget, keep, keepThisPage } from './offline.ts'
import { sounds } from './sound.ts'
import { swipes } from './swipe.ts'

const root = document.documentElement
const views = [...document.querySelectorAll<HTMLElement>('.view')]
const steps = views.filter((view) => view.classList.contains('step'))
const guide = document.body.dataset.guide ?? ''
/** In this tab only, gone with it: the next family must not see what was discussed with this one. */
const TICKS = 'guide-ticks'
/** Carried by the address when a language is changed: the ticks are still this reader's. */
const KEPT_TICKS = '~'
let current = 0

const one = <T extends HTMLElement>(selector: string): T | null => document.querySelector<T>(selector)
const word = (name: string): string => one(`[data-word="${name}"]`)?.textContent ?? ''

function tell(name: string): void {
  const told = one('.told')
  if (!told) return
  told.textContent = ''
  // Emptied first, so that a screen reader says the same words again.
  requestAnimationFrame(() => (told.textContent = word(name)))
  setTimeout(() => (told.textContent = ''), 6000)
}

// What is shown

function show(focus: boolean): void {
  const wanted = views.find((view) => `#${view.id}` === location.hash) ?? steps[current]
  if (!wanted) return
  for (const view of views) view.classList.toggle('now', view === wanted)
  const number = steps.indexOf(wanted)
  if (number >= 0) current = number
  root.classList.toggle('aside', number < 0)
  const where = one('.where')
  const count = number >= 0 ? wanted.querySelector('.count') : wanted.querySelector('h2, .own')
  if (where && count) where.textContent = count.textContent
  for (const back of document.querySelectorAll<HTMLAnchorElement>('#ask .back, #take .back, #languages .back'))
    back.hash = `#s${current + 1}`
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.languages a, .mark a')) link.hash = `s${current + 1}${KEPT_TICKS}`
  one('.previous')?.toggleAttribute('data-first', current === 0)
  window.scrollTo(0, 0)
  if (focus) wanted.focus({ preventScroll: true })
}

function go(hash: string): void {
  history.replaceState(null, '', hash)
  show(true)
}

/** To the next step or back; after the last one comes what to take home. */
function move(by: 1 | -1): void {
  if (root.classList.contains('aside')) return go(`#s${current + 1}`)
  const next = current + by
  if (next >= 0) go(next < steps.length ? `#s${next + 1}` : '#take')
}

function onKey(event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey || (event.target as Element).closest('input, textarea, select')) return
  const ahead = root.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
  const behind = root.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft'
  if (event.key === ahead) move(1)
  else if (event.key === behind) move(-1)
  else if (event.key === 'Home') go('#s1')
  else if (event.key === 'End') go(`#s${steps.length}`)
  else if (event.key === 'Escape') go(`#s${current + 1}`)
  else return
  event.preventDefault()
}

// Ticks

function ticked(): string[] {
  const [of = '', ...ids] = (sessionStorage.getItem(TICKS) ?? '').split(' ')
  return of === guide ? ids : []
}

function showTicks(): void {
  const ids = ticked()
  for (const step of steps)
    step.querySelector('.tick')?.setAttribute('aria-pressed', String(ids.includes(step.dataset.step ?? '')))
}

function tick(id: string): void {
  const ids = ticked()
  sessionStorage.setItem(TICKS, [guide, ...(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id])].join(' '))
  showTicks()
}

/** A page that was opened anew is for the next reader; a reload, the way back and another language are for the same. */
function startTicks(): void {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  const same = location.hash.endsWith(KEPT_TICKS) || entry?.type !== 'navigate'
  if (!same) sessionStorage.removeItem(TICKS)
  if (location.hash.endsWith(KEPT_TICKS)) history.replaceState(null, '', location.hash.slice(0, -1))
  showTicks()
}

// Deeds

/** Counted without a name, and dropped when there is no network: a queue on the phone would be a trace. */
async function unclear(step: string, language: string): Promise<void> {
  try {
    const body = JSON.stringify({ step, language })
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(`/g/${guide}/unclear`, { method: 'POST', body, headers, credentials: 'omit' })
    tell(answer.ok ? 'thanks' : 'no-network')
  } catch {
    tell('no-network')
  }
}

/** The browser keeps copies of its own, which no script reaches: the server's answer has them cleared (Chromium heeds
 * it only in a request that may carry credentials). */
async function forgetCopies(): Promise<boolean> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = fetch('/g/forget', { method: 'POST', body: '{}', headers })
  return answer.then(({ ok }) => ok, () => false)
}

function languageRead(): string {
  return (document.body.dataset.langs ?? '').split('+').at(-1) ?? ''
}

async function share(): Promise<void> {
  const url = location.href.replace(location.hash, '')
  await navigator.share({ title: document.title, url }).catch(() => undefined)
}

async function copy(): Promise<void> {
  await navigator.clipboard.writeText(location.href.replace(location.hash, ''))
  tell('copied')
}

async function onClick(event: MouseEvent): Promise<void> {
  const button = (event.target as Element).closest('button')
  const step = button?.closest<HTMLElement>('.step')?.dataset.step ?? ''
  const is = (name: string): boolean => button?.classList.contains(name) ?? false
  if (is('tick')) tick(step)
  else if (is('unclear')) await unclear(step, languageRead())
  else if (is('share')) await share()
  else if (is('copy')) await copy()
  else if (is('print')) window.print()
  else if (is('keep')) tell((await keep([`/g/${guide}/all.json`])) ? 'kept' : 'no-network')
  else if (is('forget')) {
    sessionStorage.clear()
    tell((await forget()) && (await forgetCopies()) ? 'removed' : 'no-network')
  }
}

function onLink(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a')
  const next = link?.classList.contains('next')
  if (!next && !link?.classList.contains('previous')) return
  event.preventDefault()
  move(next ? 1 : -1)
}

function reveal(): void {
  const possible: Record<string, boolean> = {
    '.deeds, .previous, .next, .chapter-again, .print': true,
    '.keep, .forget': 'serviceWorker' in navigator,
    '.share': 'share' in navigator,
    '.copy': !('share' in navigator) && 'clipboard' in navigator,
  }
  for (const [selector, can] of Object.entries(possible))
    for (const element of document.querySelectorAll<HTMLElement>(selector)) element.hidden = !can
}

function read(): void {
  root.classList.add('stepped')
  // The chapters' headings are gone, so the steps move up one level.
  for (const step of steps) step.querySelector('.count')?.setAttribute('aria-level', '2')
  reveal()
  startTicks()
  show(false)
  // At the end of loading the browser scrolls to the address's `#` by itself: under the bar.
  window.addEventListener('load', () => window.scrollTo(0, 0))
  window.addEventListener('hashchange', () => show(true))
  document.addEventListener('keydown', onKey)
  document.addEventListener('click', onLink)
  document.addEventListener('click', (event) => void onClick(event))
  swipes(document, () => root.dir === 'rtl', move)
}

if (steps.length) read()
sounds()
/** The service worker gave the list of languages for a page that this phone does not have. */
if (!steps.length && !navigator.onLine) {
  const missing = one('.not-kept')
  if (missing && location.pathname !== '/g/') missing.hidden = false
}
void keepThisPage().then((kept) => kept && root.classList.add('kept'))
