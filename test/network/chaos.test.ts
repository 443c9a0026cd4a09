// Sidecars, the nodes beside them, both chains and the beacon relay of a real network are killed in a random order while
// jobs are auctioned: nothing is signed twice, no transaction is lost, every period whose committee had a quorum lands.
// `npm run test:chaos` is the long run.
// runs alone
// time limit: 400 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { signedTwice } from '../support/chaos-checks.ts'
import { runChaos } from '../support/chaos-run.ts'
import type { SignedRecord } from '../../src/core/types.ts'

const seed = process.env['CHAOS_SEED'] ?? String(Math.floor(Math.random() * 1e9))
const chaos = suite(`network under chaos (seed ${seed})`)

chaos('two records for one place are found, one record twice is none', () => {
  const record = (byte: number, sequence: number): SignedRecord => ({
    kind: 1,
    author: 2,
    unit: 3,
    sequence,
    body: new Uint8Array([byte]),
    signature: new Uint8Array(65),
  })
  assert.equal(signedTwice([record(1, 0), record(1, 0), record(1, 1)]), [])
  assert.equal(signedTwice([record(1, 0), record(2, 0)]), ['kind 1, author 2, unit 3, sequence 0'])
})

chaos('a network that loses its parts one after another keeps its promises', async () => {
  const notes: string[] = []
  const result = await runChaos({
    seed,
    nodes: 8,
    chaosMs: 25_000,
    jobs: 2,
    note: (text) => void notes.push(`${new Date().toISOString().slice(11, 19)} ${text}`),
    signal: new AbortController().signal,
  })
  assert.equal(result.complaints, [], notes.join('\n'))
  assert.ok(result.kills >= 2, `${result.kills} kills`)
  assert.ok(result.records > 100, `${result.records} records were compared`)
})

chaos.run()
