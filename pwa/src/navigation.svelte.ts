/** Where the person is: the address of the page, and the way to another. Links are plain `<a href>`. */
class Navigation {
  path = $state(location.pathname)
  /** What stands after "#": which record of a list is open. */
  hash = $state(location.hash.slice(1))
  /** Came here by going back, not by a link. */
  returning = false

  constructor() {
    addEventListener('popstate', () => {
      this.returning = true
      this.settle()
    })
    document.addEventListener('click', (event) => this.follow(event))
  }

  go(path: string): void {
    if (path === location.pathname + location.hash) return
    history.pushState({ inside: true }, '', path)
    this.returning = false
    this.settle()
  }

  /** Puts another screen in the place of this one: the way back does not lead to what is done. */
  replace(path: string): void {
    history.replaceState(history.state, '', path)
    this.returning = false
    this.settle()
  }

  /** Back to where one came from inside the app, or to `otherwise` where the app was opened here. */
  back(otherwise: string): void {
    if ((history.state as { inside?: boolean } | null)?.inside) history.back()
    else this.replace(otherwise)
  }

  private settle(): void {
    this.path = location.pathname
    this.hash = location.hash.slice(1)
  }

  /** Links inside the app change the screen without loading the page anew. */
  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return
    if (link.hash && link.pathname === location.pathname) return
    event.preventDefault()
    this.go(link.pathname + link.hash)
  }
}

export const navigation = new Navigation()
