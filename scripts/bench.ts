// `npm run bench`: what our layers cost, as ratios measured in one run on one machine. Absolute figures depend on the
// machine; the last column is what to compare. `--json` prints one object instead of the table.

import { parseArgs } from 'node:util'
import { benchAuctionGas, benchTimelock } from './bench-auction.ts'
import { benchCertificates } from './bench-crypto.ts'
import { benchIdle } from './bench-idle.ts'
import { benchConnection, benchGossip } from './bench-p2p.ts'
import { measure as measureGas } from './gas-scenario.ts'

export interface Measurement {
  readonly name: string
  readonly ours: number
  /** The bare library, or what one would do without us. */
  readonly bare: number
  readonly ratio: number
  readonly unit: string
}

/** Whole transactions on a real EVM: storing a root by certificate against as many single signatures. */
async function benchGas(): Promise<readonly Measurement[]> {
  const gas = await measureGas()
  return [8, 32, 128].map((seats): Measurement => {
    const ours = gas[`certificate and root, ${seats} seats, 0 absent`]
    const bare = gas[`${seats} ECDSA signatures and root, to compare`]
    if (ours === undefined || bare === undefined) throw new Error(`the gas of ${seats} seats was not measured`)
    return {
      name: `certificate gas, ${seats} members, against ${seats} ECDSA signatures`,
      ours,
      bare,
      ratio: ours / bare,
      unit: 'gas',
    }
  })
}

const figure = (value: number, unit: string): string =>
  `${unit === 'gas' ? value.toLocaleString('en') : value.toFixed(2)} ${unit}`

function printTable(rows: readonly Measurement[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length))
  console.log(`${''.padEnd(width)}  ${'ours'.padStart(14)}  ${'bare'.padStart(14)}  ratio`)
  for (const { name, ours, bare, ratio, unit } of rows)
    console.log(
      `${name.padEnd(width)}  ${figure(ours, unit).padStart(14)}  ${figure(bare, unit).padStart(14)}  ${ratio.toFixed(2)}`,
    )
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const parts: readonly (readonly [string, () => Promise<readonly Measurement[]>])[] = [
  ['one idle sidecar', benchIdle],
  ['certificates', benchCertificates],
  ['gossip', benchGossip],
  ['connections', async () => [await benchConnection()]],
  ['certificate gas', benchGas],
  ['timelock', benchTimelock],
  ['auction gas', benchAuctionGas],
]
const rows: Measurement[] = []
for (const [i, [name, measure]] of parts.entries()) {
  process.stderr.write(`measuring ${name} (${i + 1} of ${parts.length})\n`)
  rows.push(...(await measure()))
}
if (values.json) console.log(JSON.stringify(rows))
else printTable(rows)
