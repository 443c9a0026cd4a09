// What people type and read: amounts, spans, and a job as lines, before and after its bids are public.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bidLines } from '../../src/cli/bids.ts'
import { jobLines, jobSummary } from '../../src/cli/job-text.ts'
import { parseDecimal, parseSpan, spanText } from '../../src/cli/units.ts'
import type { MarketJob } from '../../src/core/types.ts'
import { ankr, jobLine, jobPicture, jobRow, oddsText } from '../../src/devnet/job-view.ts'
import type { JobReport } from '../../src/job-report.ts'
import { codeThrown } from '../support/faults.ts'

const test = suite('cli/job-text')
const ANKR = 10n ** 18n

const announced: MarketJob = {
  id: 7,
  rules: { shortlist: 1, pricing: 'vickrey', reserve: 80n * ANKR },
  closeRound: 100,
  openRound: 110,
  pickRound: 112,
  requester: '0x00000000000000000000000000000000000000aa',
  kind: 'ethereum',
  specHash: '0x',
  requirements: { cpuMilliGhz: 4000, memoryMilliGb: 16_500, storageMilliGb: 128_000, durationSeconds: 5_184_000 },
  fixedPrice: 100n * ANKR,
  state: 'announced',
  deadlineAt: 0,
  rank: 0,
  winner: 0,
  price: 0n,
  openingsHash: undefined,
  took: undefined,
  run: undefined,
}
const sealed: JobReport = { job: announced, bids: undefined, odds: [], tx: undefined, gasUsed: undefined }
const settled: JobReport = {
  job: { ...announced, state: 'awarded', winner: 1, price: 70n * ANKR },
  bids: [
    { provider: 1, price: 60n * ANKR, valid: true },
    { provider: 2, price: 70n * ANKR, valid: true },
    { provider: 4, price: undefined, valid: false },
  ],
  odds: [
    { provider: 1, weight: 3 },
    { provider: 2, weight: 1 },
  ],
  tx: '0xabc',
  gasUsed: 123_456n,
}
const moment = { round: 90, at: 0, clock: { genesisTime: 0, periodSeconds: 1 } }

test('decimals and spans are exact or refused', () => {
  assert.is(parseDecimal('4', 3, '--cpu'), 4000n)
  assert.is(parseDecimal('0.125', 3, '--cpu'), 125n)
  assert.is(parseDecimal('1.5', 18, '--max-price'), (3n * ANKR) / 2n)
  for (const wrong of ['', '-1', '1.2345', '1e3', '.5', 'x', '1,5', '1'.repeat(16)])
    assert.is(
      codeThrown(() => parseDecimal(wrong, 3, '--cpu')),
      'usage',
      wrong,
    )
  assert.is(parseSpan('60d', '--time'), 5_184_000)
  assert.is(parseSpan('90s', '--time'), 90)
  for (const wrong of ['', '60', '0s', '1w', '-1d', '9999999999d', '1.5h'])
    assert.is(
      codeThrown(() => parseSpan(wrong, '--time')),
      'usage',
      wrong,
    )
  assert.is(spanText(5_184_000), '60 d')
  assert.is(spanText(93_784), '1 d 2 h')
  assert.is(spanText(0), '0 s')
})

test('amounts are shown to the thousandth', () => {
  assert.is(ankr(70n * ANKR), '70')
  assert.is(ankr(ANKR / 8n), '0.125')
  assert.is(ankr(ANKR / 10_000n), '0')
})

test('before the open round nothing is said of bids but that they are sealed', () => {
  const text = jobLines(sealed, moment).join('\n')
  assert.match(text, 'close in 10 rounds')
  assert.match(text, 'ethereum: 4 GHz, 16.5 GB memory, 128 GB storage, for 60 d')
  assert.match(text, 'FP 100, reserve 80 ANKR; vickrey, shortlist of 1')
  assert.match(text, 'nobody can read them')
  assert.not.match(text, 'winner')
  assert.match(jobLine(sealed), 'rounds close 100 open 110 pick 112')
  assert.match(jobPicture(sealed, 105), 'open in 5 rounds')
  assert.match(jobPicture(sealed, 120), 'settling')
  assert.match(jobSummary(announced, 111), 'pick in 1 rounds')
})

test('afterwards: bids, odds, who won, what is paid, where', () => {
  const text = jobLines(settled, moment).join('\n')
  assert.match(text, 'provider 1: 60, provider 2: 70, provider 4: did not open (void)')
  assert.match(text, 'provider 1: 75 %, provider 2: 25 %')
  assert.match(text, 'provider 1, paid 70 ANKR')
  assert.match(text, '0xabc, gas 123,456')
  assert.match(jobLine(settled), '3 bids (60 70; 1 void)  provider 1 is paid 70  odds provider 1: 75 %')
  assert.equal(jobRow(settled), {
    job: 7,
    state: 'awarded',
    bids: 3,
    void: 1,
    winner: 1,
    price: 70n * ANKR,
    odds: settled.odds,
    tx: '0xabc',
    gasUsed: 123_456,
  })
  assert.equal(jobRow(sealed).winner, null)
  assert.is(oddsText([{ provider: 3, weight: 5 }]), 'provider 3: 100 %')
})

test('a sidecar tells its bids: sealed ones without a price', () => {
  const job = {
    ...{
      id: 7,
      kind: 'ethereum',
      state: 'announced',
      phase: 'bidding',
      closeRound: 100,
      openRound: 110,
      pickRound: 112,
    },
    ...{ reserve: String(80n * ANKR), bidders: 3, seen: 2 },
  }
  const line = (more: object): string => bidLines({ round: 90, jobs: [{ ...job, ...more }] })[0] ?? ''
  assert.is(
    line({ own: { sequence: 1 } }),
    'job 7  ethereum  bidding  close in 10 rounds  reserve 80  2 of 3 seen  our bid is sealed, replaced 1 times',
  )
  assert.match(line({ own: { declined: 'no-bid-kind' } }), 'no bid: no-bid-kind')
  assert.match(line({ admitted: 3, void: 1, own: { sequence: 0, price: String(60n * ANKR) } }), '1 void  our bid 60')
  assert.match(line({ winner: 2, price: String(70n * ANKR) }), 'provider 2 is paid 70')
  assert.equal(bidLines({ round: 1, jobs: [] }), ['no auction is under way'])
})

test.run()
