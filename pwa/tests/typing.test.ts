/** What people type: invitation codes, words to search, numbers that should not stand in a note. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folded, searchSubthemes } from '../src/log/search.ts'
import { numbersIn } from '../src/log/numbers.ts'
import { codeSigns, grouped } from '../src/people/code.ts'
import type { Subtheme } from '../src/store/types.ts'

test('a code is understood however it is typed', () => {
  for (const typed of ['7GK2-M9QX-4TRB', ' 7gk2 m9qx 4trb ', '7gk2m9qx4trb', '7GK2–M9QX–4TRB.']) {
    assert.equal(grouped(codeSigns(typed)), '7GK2-M9QX-4TRB')
  }
  assert.equal(codeSigns('oOiIlL'), '001111')
  assert.equal(codeSigns('7GK2-M9QX-4TRB and more').length, 12)
})

function subtheme(code: string, labels: Record<string, string>, aliases: string[] = []): Subtheme {
  return { code, theme: code.split('.')[0]!, labels, aliases, sensitive: null, hidden: false }
}

const SUBTHEMES = [
  subtheme('HOU.social', { nl: 'Sociale woning', fr: 'Logement social' }, ['woonmaatschappij', 'WBS']),
  subtheme('CHI.find', { nl: 'Kinderopvang zoeken', fr: 'Trouver une crèche' }),
  subtheme('HEA.insurance', { nl: 'Ziekenfonds', ar: 'التأمين الصحي' }, ['mutualité']),
  subtheme('FIN.social', { nl: 'Zoekt sociale premie' }),
]

function found(query: string): string[] {
  return searchSubthemes(SUBTHEMES, query).map((one) => one.code)
}

test('the search knows every language, aliases, and letters without their accents', () => {
  assert.deepEqual(found('creche'), ['CHI.find'])
  assert.deepEqual(found('CRÈCHE'), ['CHI.find'])
  assert.deepEqual(found('wbs'), ['HOU.social'])
  assert.deepEqual(found('mutualite'), ['HEA.insurance'])
  assert.deepEqual(found('التامين'), ['HEA.insurance'])
  assert.deepEqual(found('zzz'), [])
})

test('what begins with the word stands before what only holds it', () => {
  assert.deepEqual(found('social'), ['HOU.social', 'FIN.social'])
})

test('folding leaves one space between words', () => {
  assert.equal(folded('  Dringende   hulp (België) '), 'dringende hulp belgie')
})

test('national numbers are known by their check digits, also of people born since 2000 and with a BIS number', () => {
  assert.equal(numbersIn('nr 85.07.30-033 28'), 'national') // Belgium's published example
  assert.equal(numbersIn('17073003384'), 'national') // born in 2017
  assert.equal(numbersIn('BSN 111222333'), 'national') // the Dutch test number
  assert.equal(numbersIn('86095742719'), 'national') // the German published example
})

test('telephone and file numbers are told apart from short ones, years and hours', () => {
  assert.equal(numbersIn('bel 0478 12 34 56 morgen'), 'phone')
  assert.equal(numbersIn('+32 478/12.34.56'), 'phone')
  assert.equal(numbersIn('OV 8.812.345'), 'file')
  assert.equal(numbersIn('om 14:05 in 2026, bus 12, 3 kinderen'), null)
  assert.equal(numbersIn('85.07.30-033 29'), 'file') // one digit wrong: no national number
})
