/** One short answer to what was just done, with at most one thing to do about it (most often: undo). */
export type ToastMessage = {
  /** Read while it is shown: what it says may move on, as a record does on its way. */
  text: () => string
  /** A tick in front: something is safe. */
  done?: boolean
  action?: { word: string; run: () => void | Promise<void> }
}

const SHOWN_MS = 8000

class ToastState {
  message = $state.raw<ToastMessage | null>(null)
  private timer: ReturnType<typeof setTimeout> | undefined

  show(message: ToastMessage): void {
    clearTimeout(this.timer)
    this.message = message
    this.timer = setTimeout(() => this.hide(), SHOWN_MS)
  }

  hide(): void {
    clearTimeout(this.timer)
    this.message = null
  }
}

export const toast = new ToastState()
