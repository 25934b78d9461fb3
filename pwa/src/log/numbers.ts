/**
 * Looks in a note for what should not stand there: telephone numbers, national numbers (by their check digits), long file
 * numbers. A hint, never a refusal: the note is saved as it is written.
 */
export type Finding = 'national' | 'phone' | 'file'

const RUN = /\+?\d(?:[\d\s./()-]*\d)?/g

export function numbersIn(text: string): Finding | null {
  const found = [...text.matchAll(RUN)].map(([run]) => kindOf(run))
  const worst: Finding[] = ['national', 'phone', 'file']
  return worst.find((kind) => found.includes(kind)) ?? null
}

function kindOf(run: string): Finding | null {
  const digits = run.replace(/\D/g, '')
  if (isBelgian(digits) || isDutch(digits) || isGermanTax(digits)) return 'national'
  if (/^(\+|00|0)/.test(run) && digits.length >= 9 && digits.length <= 14) return 'phone'
  return digits.length >= 7 ? 'file' : null
}

/** National register number and BIS number: 97 minus the first nine digits modulo 97; since 2000 with a 2 in front. */
function isBelgian(digits: string): boolean {
  if (digits.length !== 11) return false
  const check = Number(digits.slice(9))
  return ['', '2'].some((century) => 97 - (Number(century + digits.slice(0, 9)) % 97) === check)
}

/** BSN: nine digits by the eleven test, the last one counted as minus one. */
function isDutch(digits: string): boolean {
  if (digits.length !== 9 || Number(digits) === 0) return false
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index === 8 ? -1 : 9 - index), 0)
  return sum % 11 === 0
}

/** Tax id: eleven digits, ISO 7064 mod 11,10. */
function isGermanTax(digits: string): boolean {
  if (digits.length !== 11 || digits.startsWith('0')) return false
  let product = 10
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === Number(digits[10])
}
