/** Which months a chart shows: long runs without anything become one gap. Pure. */
import type { MonthCount } from './wire.ts'

/** `withYear`: the reader cannot tell the year from the month before it. */
export type Span =
  | { kind: 'month'; month: string; count: number; withYear: boolean }
  | { kind: 'gap'; from: string; to: string }

const LONGEST_EMPTY_RUN = 3

function numberOf(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1
}

function nameOf(number: number): string {
  return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`
}

/** From the first month that has something to the last one that has. */
export function spans(months: readonly MonthCount[]): Span[] {
  const counts = new Map(months.map(({ month, count }) => [numberOf(month), count]))
  const filled = [...counts].filter(([, count]) => count > 0).map(([number]) => number)
  const found: Span[] = []
  filled.forEach((number, index) => {
    const empty = number - (filled[index - 1] ?? number - 1) - 1
    const isGap = empty > LONGEST_EMPTY_RUN
    if (isGap) found.push({ kind: 'gap', from: nameOf(number - empty), to: nameOf(number - 1) })
    for (let each = isGap ? number : number - empty; each <= number; each++) {
      const month = nameOf(each)
      const withYear = found.length === 0 || isGap || month.endsWith('-01')
      found.push({ kind: 'month', month, count: counts.get(each) ?? 0, withYear })
    }
  })
  return found
}
