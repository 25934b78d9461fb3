/**
 * Where the parts of a bar chart stand, in pixels from the *inline start* of the drawing: the component mirrors them in a
 * right-to-left page. Pure: text is measured by a function that is handed in.
 */
export type BarKind = 'answer' | 'not_recorded' | 'empty'
export type Bar = {
  key: string
  label: string
  value: number
  kind: BarKind
  /** A second line under a column. */
  second?: string
  /** The label in full, for the table and for rows. */
  spoken?: string
}
export type Measure = (text: string) => number

export type Text = { x: number; y: number; anchor: 'start' | 'middle' | 'end'; text: string }
export type Drawn = {
  bar: Bar
  box: { x: number; y: number; width: number; height: number }
  labels: Text[]
  value: Text
}
export type Drawing = { width: number; height: number; bars: Drawn[]; base: number | null }

const LABEL_SHARE = 0.45
const LEAST = 2

/** Breaks a text between words so that each line is at most `width` wide; a single longer word stays whole. */
export function wrap(text: string, width: number, measure: Measure): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && measure(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** The length of a bar: nothing for nothing, and never invisible for something. */
function length(value: number, max: number, room: number): number {
  return value === 0 ? 0 : Math.max(LEAST, (value / max) * room)
}

/** What a bar is called where there is room for it. */
export function inFull(bar: Bar): string {
  return bar.spoken ?? bar.label
}

/** True where columns stand wide enough apart for their words. */
export function columnsFit(bars: Bar[], width: number, em: number, measure: Measure): boolean {
  const widest = Math.max(0, ...bars.flatMap((bar) => [measure(bar.label), measure(String(bar.value))]))
  return bars.length > 0 && width / bars.length >= widest + em * 0.4
}

/** Horizontal bars: labels in a column in front, or above each bar where the line is too short for both. */
export function rows(
  bars: Bar[],
  width: number,
  em: number,
  max: number,
  said: (value: number) => string,
  measure: Measure,
): Drawing {
  const line = em * 1.3
  const thick = em * 1.05
  const widest = Math.max(0, ...bars.map((bar) => measure(inFull(bar))))
  const values = Math.max(0, ...bars.map((bar) => measure(said(bar.value)))) + em * 0.8
  const stacked = widest > width * LABEL_SHARE && width < em * 25
  const labelRoom = stacked ? width : Math.min(widest, width * LABEL_SHARE)
  const start = stacked ? 0 : labelRoom + em * 0.8
  const room = Math.max(em, width - start - values)
  const drawn: Drawn[] = []
  let y = 0
  for (const bar of bars) {
    const lines = wrap(inFull(bar), labelRoom, measure)
    const textHeight = lines.length * line
    const height = stacked ? textHeight + thick : Math.max(textHeight, thick)
    const barY = stacked ? y + textHeight + em * 0.1 : y + (height - thick) / 2
    const textY = stacked ? y : y + (height - textHeight) / 2
    drawn.push({
      bar,
      box: { x: start, y: barY, width: length(bar.value, max, room), height: thick },
      labels: lines.map((text, index) => ({ x: 0, y: textY + line * (index + 0.78), anchor: 'start', text })),
      value: { x: width, y: barY + thick * 0.84, anchor: 'end', text: said(bar.value) },
    })
    y += height + em * (stacked ? 0.85 : 0.7)
  }
  return { width, height: Math.max(0, y - em * 0.4), bars: drawn, base: null }
}

/** Vertical bars on one line, the first at the inline start, the value above, the label (and a second one) below. */
export function columns(bars: Bar[], width: number, em: number, max: number, said: (value: number) => string): Drawing {
  const slot = width / bars.length
  const thick = Math.min(slot * 0.76, em * 4)
  const room = em * 10.5
  const base = room + em * 1.7
  const drawn = bars.map((bar, index): Drawn => {
    const middle = slot * (index + 0.5)
    const high = length(bar.value, max, room)
    const words = bar.second ? [bar.label, bar.second] : [bar.label]
    return {
      bar,
      box: { x: middle - thick / 2, y: base - high, width: thick, height: high },
      labels: words.map((text, line) => ({ x: middle, y: base + em * (1.35 + 1.25 * line), anchor: 'middle', text })),
      value: { x: middle, y: base - high - em * 0.4, anchor: 'middle', text: said(bar.value) },
    }
  })
  const lines = bars.some((bar) => bar.second) ? 2 : 1
  return { width, height: base + em * (0.55 + 1.25 * lines), bars: drawn, base }
}
