// `npm run test:chaos`: ten minutes of kills in a network of eight sidecars under auctions, and the verdict. `--seed` repeats
// an order of kills, `--minutes` and `--nodes` change the size; with `--kills` so many come at points of a period instead of by
// the clock, as in the test of networks. Exit code 1 and every complaint when something did not hold.

import { parseArgs } from 'node:util'
import { planKills, wreakAtPoints } from '../test/support/chaos-points.ts'
import { runChaos } from '../test/support/chaos-run.ts'
import { wreak } from '../test/support/chaos.ts'

/** A sidecar that gains more in steady state would fill a small machine within days; noise of the collector is below it. */
const SLOPE_MOST_MB = 2

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    minutes: { type: 'string', default: '10' },
    nodes: { type: 'string', default: '8' },
    kills: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
})
const [minutes, nodes, kills] = [Number(values.minutes), Number(values.nodes), Number(values.kills)]
if (!(minutes > 0) || !Number.isInteger(nodes) || nodes < 4 || !Number.isInteger(kills) || kills < 0) {
  process.stderr.write('chaos: --minutes is a positive number, --nodes a whole number from 4, --kills one from 0\n')
  process.exit(2)
}

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
const note = (text: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)

const size = kills > 0 ? `--kills ${kills}` : `--minutes ${minutes}`
note(`seed ${values.seed}: repeat with npm run test:chaos -- --seed ${values.seed} --nodes ${nodes} ${size}`)
const { seed } = values
const result = await runChaos({
  nodes,
  wreak: (devnet, ears) =>
    kills > 0
      ? wreakAtPoints(devnet, ears, planKills(seed, nodes, kills), note)
      : wreak(devnet, ears, { seed, spanMs: minutes * 60_000, note }),
  quietPeriods: kills > 0 ? 1 : 2,
  jobs: kills > 0 ? 1 : Math.max(2, Math.round(minutes * 2)),
  note,
  signal: stopping.signal,
})
// The median: one collector that has not run yet is no leak.
const slope = result.slopes[result.slopes.length >> 1]
const complaints = [
  ...result.complaints,
  ...(slope !== undefined && slope > SLOPE_MOST_MB ? [`memory grows by ${slope.toFixed(2)} MB a minute`] : []),
]
if (values.json) console.log(JSON.stringify({ ok: complaints.length === 0, seed: values.seed, ...result, complaints }))
else {
  console.log(
    `${result.kills} kills, ${result.posted} periods on chain, ${result.records} records, jobs: ${result.jobs.join(', ')}`,
  )
  console.log(`periods without a quorum that are missing: ${result.excused.join(', ') || 'none'}`)
  console.log(`memory: ${slope === undefined ? 'too short to tell' : `${slope.toFixed(2)} MB a minute (median)`}`)
  for (const complaint of complaints) console.log(`FAIL ${complaint}`)
}
process.exitCode = complaints.length === 0 ? 0 : 1
