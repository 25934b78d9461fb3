/** Something fetched from the server for a screen. What was fetched stays when a later request fails. */
export class Remote<Data> {
  data = $state.raw<Data | null>(null)
  error = $state.raw<unknown>(null)
  busy = $state(false)
  /** When `data` was fetched. */
  fetched = $state.raw<Date | null>(null)
  private asked = 0

  /** Fetches anew. Of several requests at once the one that was asked last counts. */
  async load(request: () => Promise<Data>): Promise<void> {
    const turn = ++this.asked
    this.busy = true
    try {
      const data = await request()
      if (turn !== this.asked) return
      this.data = data
      this.error = null
      this.fetched = new Date()
    } catch (error) {
      if (turn === this.asked) this.error = error
    } finally {
      if (turn === this.asked) this.busy = false
    }
  }
}
