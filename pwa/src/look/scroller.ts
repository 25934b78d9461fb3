/** What scrolls the screen that an element is in: the middle of a phone's screen, the page on a wide one. */
export function scrollerOf(element: Element | undefined): Element {
  for (let found = element?.parentElement; found; found = found.parentElement) {
    const flow = getComputedStyle(found).overflowY
    if (flow === 'auto' || flow === 'scroll') return found
  }
  return document.scrollingElement ?? document.documentElement
}
