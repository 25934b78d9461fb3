/** A swipe along the line of writing: in a script from right to left, the next step lies on the left. */
const FAR = 48
const STRAIGHT = 2

export function swipes(target: Document, rightToLeft: () => boolean, move: (by: 1 | -1) => void): void {
  let begun: Touch | null = null
  target.addEventListener('touchstart', (event) => (begun = event.touches.length === 1 ? (event.touches[0] ?? null) : null), { passive: true })
  target.addEventListener('touchcancel', () => (begun = null), { passive: true })
  target.addEventListener(
    'touchend',
    (event) => {
      const ended = event.changedTouches[0]
      if (!begun || !ended) return
      const by = direction(ended.clientX - begun.clientX, ended.clientY - begun.clientY, rightToLeft())
      begun = null
      if (by) move(by)
    },
    { passive: true },
  )
}

/** 1 for the next step, -1 for the one before, 0 for no swipe (too short, or a scroll). */
export function direction(x: number, y: number, rightToLeft: boolean): 1 | -1 | 0 {
  if (Math.abs(x) < FAR || Math.abs(x) < STRAIGHT * Math.abs(y)) return 0
  return x < 0 === rightToLeft ? -1 : 1
}
