/** Months as people write them, and the bars of an answer in words. */
import { label, labelOf, listLabel, subtheme } from '../look/labels.ts'
import type { ListName } from '../store/types.ts'
import { _, words } from '../words/words.svelte.ts'
import type { Bar } from './layout.ts'
import { spans } from './months.ts'
import type { Count, MonthCount, SubthemeCount } from './wire.ts'

const NOT_RECORDED = 'not_recorded'

function monthText(month: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(words.intl, { timeZone: 'UTC', ...options }).format(new Date(`${month}-01T00:00:00Z`))
}

/** "december 2015" */
export function longMonth(month: string): string {
  return monthText(month, { month: 'long', year: 'numeric' })
}

/** One bar a month, with its year where one cannot tell it; "…" stands for a gap. */
export function monthBars(months: MonthCount[]): Bar[] {
  return spans(months).map((span): Bar => {
    if (span.kind === 'gap') {
      const spoken = `${longMonth(span.from)} – ${longMonth(span.to)}`
      return { key: span.from, label: '…', spoken, value: 0, kind: 'answer' }
    }
    return {
      key: span.month,
      label: monthText(span.month, { month: 'short' }),
      second: span.withYear ? span.month.slice(0, 4) : undefined,
      spoken: longMonth(span.month),
      value: span.count,
      kind: 'answer',
    }
  })
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
