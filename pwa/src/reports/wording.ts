/** Months as people write them, and the bars of an answer in words. */
import { label, labelOf, listLabel, subtheme } from '../look/labels.ts'
import type { ListName } from '../store/types.ts'
import { _, words } from '../words/words.svelte.ts'
import type { Bar } from './layout.ts'
import type { Count, MonthCount, SubthemeCount } from './wire.ts'

const NOT_RECORDED = 'not_recorded'

function monthText(month: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(words.intl, { timeZone: 'UTC', ...options }).format(new Date(`${month}-01T00:00:00Z`))
}

/** "december 2015" */
export function longMonth(month: string): string {
  return monthText(month, { month: 'long', year: 'numeric' })
}

/** Longer runs of months without any help request become one gap. */
const LONGEST_EMPTY_RUN = 3

function monthNumber(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1
}

function monthOf(number: number): string {
  return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`
}

/** One bar a month; the year stands under the first month, under each January and after each gap. */
export function monthBars(months: MonthCount[]): Bar[] {
  const counts = new Map(months.map(({ month, count }) => [monthNumber(month), count]))
  const filled = [...counts].filter(([, count]) => count > 0).map(([month]) => month)
  const bars: Bar[] = []
  filled.forEach((month, index) => {
    const before = filled[index - 1] ?? month - 1
    const isGap = month - before - 1 > LONGEST_EMPTY_RUN
    if (isGap) bars.push(gapBar(before + 1, month - 1))
    for (let each = isGap ? month : before + 1; each <= month; each++) {
      bars.push(monthBar(each, counts.get(each) ?? 0, bars.length === 0 || isGap))
    }
  })
  return bars
}

function monthBar(number: number, count: number, withYear: boolean): Bar {
  const month = monthOf(number)
  return {
    key: month,
    label: monthText(month, { month: 'short' }),
    second: withYear || month.endsWith('-01') ? month.slice(0, 4) : undefined,
    spoken: longMonth(month),
    value: count,
    kind: 'answer',
  }
}

function gapBar(from: number, to: number): Bar {
  const [first, last] = [monthOf(from), monthOf(to)]
  return { key: `${first} ${last}`, label: '…', spoken: `${longMonth(first)} – ${longMonth(last)}`, value: 0, kind: 'answer' }
}

/** One bar a code, most first; "not recorded" and empty come last: they are no places and no deeds. */
export function codeBars(list: ListName, counts: Count[]): Bar[] {
  const bars = counts.map(({ code, count }): Bar => {
    if (code === null) return { key: '', label: _('not filled in'), value: count, kind: 'empty' }
    const kind = code === NOT_RECORDED ? 'not_recorded' : 'answer'
    return { key: code, label: listLabel(list, code), value: count, kind }
  })
  const order = { answer: 0, not_recorded: 1, empty: 2 }
  return bars.sort((one, other) => order[one.kind] - order[other.kind] || other.value - one.value)
}

export function subthemeBars(counts: SubthemeCount[]): Bar[] {
  return counts.map(({ code, count, rank }) => {
    const found = subtheme(code)
    return { key: code, label: `${rank}. ${found ? labelOf(found) : label(undefined, code)}`, value: count, kind: 'answer' }
  })
}

export function sumOf(counts: readonly { count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

/** How many answers say "not recorded", and how many say nothing. */
export function missing(counts: Count[]): { notRecorded: number; empty: number } {
  const of = (code: string | null) => counts.find((one) => one.code === code)?.count ?? 0
  return { notRecorded: of(NOT_RECORDED), empty: of(null) }
}
