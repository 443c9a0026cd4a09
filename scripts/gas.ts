// Measures the contracts in whole transactions (calldata and the 21,000 included) on a fresh anvil and prints the table.
// Promises the same numbers on every run; fails if one is above its limit, or more than 0.5 % above the snapshot in
// test/contracts/gas.json. `--update` writes the snapshot instead of comparing with it; the limits always hold.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureAuctions } from './gas-auction.ts'
import { measureCustody } from './gas-custody.ts'
import { measureMicroPools } from './gas-micropool.ts'
import { measurePools } from './gas-pools.ts'
import { measureProjects } from './gas-projects.ts'
import { measure } from './gas-scenario.ts'

const SNAPSHOT = join(import.meta.dirname, '../test/contracts/gas.json')
const TOLERANCE = 1.005

/** Upper limits the system promises, the first that matches: no action of a user costs 200,000 but those named here. */
const LIMITS: readonly (readonly [RegExp, number])[] = [
  [/^each further absentee/, 5_500],
  [/^full posting/, 260_000],
  [/^drand check/, 170_000],
  [/^edge/, 120_000],
  [/^seat/, 16_777_216],
  [/^certify openings/, 240_000],
  [/^settle, 4 bids$/, 120_000],
  [/^settle, 32 bids$/, 350_000],
  [/^settle, 128 bids$/, 1_150_000],
  // Once for each pool that loses: the loss is proven by the beacon chain and reported to the Insurance Pool.
  [/^micro-pool: complete by proof/, 395_000],
  // Once for each pool at most, and only while no other is filling.
  [/^micro-pool: join, the first of a user and its pool$/, 205_000],
  [/^micro-pool: /, 200_000],
  [/^register$/, 545_000],
  [/to compare$/, Infinity],
  [/^/, 200_000],
]

/** A certificate may cost 215,000 and 5,500 more for each absentee. */
function limitOf(row: string): number | undefined {
  const absent = /^certificate and root, \d+ seats, (\d+) absent$/.exec(row)?.[1]
  return absent === undefined ? LIMITS.find(([pattern]) => pattern.test(row))?.[1] : 215_000 + 5_500 * Number(absent)
}

function complaint(row: string, gas: number, before: number | undefined): string {
  const limit = limitOf(row)
  if (limit !== undefined && gas > limit) return `above the limit of ${limit}`
  if (before === undefined) return 'not in the snapshot'
  return gas > before * TOLERANCE ? `was ${before}` : ''
}

const rows = {
  ...(await measure()),
  ...(await measureAuctions()),
  ...(await measureProjects()),
  ...(await measurePools()),
  ...(await measureMicroPools()),
  ...(await measureCustody()),
}
const text = `${JSON.stringify(rows, null, 2)}\n`
if (process.argv.includes('--update')) writeFileSync(SNAPSHOT, text)
const snapshot = existsSync(SNAPSHOT) ? (JSON.parse(readFileSync(SNAPSHOT, 'utf8')) as Record<string, number>) : {}

let failed = Object.keys(snapshot).filter((row) => !(row in rows)).length > 0
for (const [row, gas] of Object.entries(rows)) {
  const wrong = complaint(row, gas, snapshot[row])
  failed ||= wrong !== ''
  const limit = limitOf(row)?.toLocaleString('en') ?? ''
  console.log(`${row.padEnd(48)} ${gas.toLocaleString('en').padStart(11)} ${limit.padStart(11)}  ${wrong}`)
}
if (failed) process.exitCode = 1
