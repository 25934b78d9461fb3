/** The answer of `GET /api/reports/counts`. A code of null is *empty*: nobody answered, which differs from `not_recorded`. */
export type Count = { code: string | null; count: number }
export type MonthCount = { month: string; count: number }
export type SubthemeCount = { code: string; count: number; rank: number }

/** `without_month` counts the whole register, also where a period is asked for. */
export type CountsAnswer = {
  from: string | null
  to: string | null
  total: number
  months: MonthCount[]
  without_month: number
  settings: Count[]
  actions: Count[]
  subthemes: SubthemeCount[]
  note: string | null
}
