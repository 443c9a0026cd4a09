// What `npm run test:chaos` judges by: two records for one place are an offence, the same record heard twice is none.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SignedRecord } from '../../src/core/types.ts'
import { planKills } from '../support/chaos-points.ts'
import { quorumOf, signedTwice } from '../support/chaos-checks.ts'

const checks = suite('checks of chaos')

checks('two records for one place are found, one record twice is none', () => {
  const record = (byte: number, sequence: number): SignedRecord => ({
    kind: 1,
    author: 2,
    unit: 3,
    sequence,
    body: new Uint8Array([byte]),
    signature: new Uint8Array(64),
  })
  assert.equal(signedTwice([record(1, 0), record(1, 0), record(1, 1)]), [])
  assert.equal(signedTwice([record(1, 0), record(2, 0)]), ['kind 1, author 2, unit 3, sequence 0'])
})

checks('a quorum is all but the faulty third', () => {
  for (const [seats, quorum] of [
    [1, 1],
    [4, 3],
    [8, 6],
    [128, 86],
  ] as const)
    assert.is(quorumOf(seats), quorum, `${seats} seats`)
})

checks('kills come in the order of their seed: every point once, two sidecars for each part they stand on', () => {
  assert.equal(planKills('a', 4, 9), planKills('a', 4, 9))
  assert.is.not(JSON.stringify(planKills('a', 4, 9)), JSON.stringify(planKills('b', 4, 9)))
  for (const seed of ['a', 'b', 'c']) {
    const kills = planKills(seed, 4, 10)
    for (const half of [kills.slice(0, 5), kills.slice(5)]) assert.is(new Set(half.map(({ point }) => point)).size, 5)
    assert.is(kills.filter(({ what }) => /^node[1-4]$/.test(what)).length, 7)
  }
})

checks.run()
