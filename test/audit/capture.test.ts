import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureOdds } from '../../src/audit/capture.ts'

const test = suite('audit: capture meter')

/** All ways to draw k of n−1 auditors, counted one by one. */
function counted(slots: number, audits: number, coalition: number): number {
  let all = 0
  let captured = 0
  const pick = (from: number, left: number, taken: number): void => {
    if (left === 0) {
      all++
      if (taken * 2 > audits) captured++
      return
    }
    for (let i = from; i < slots - 1; i++) pick(i + 1, left - 1, taken + (i < coalition ? 1 : 0))
  }
  pick(0, audits, 0)
  return captured / all
}

test('equals counting every draw', () => {
  for (const [slots, audits, coalition] of [
    [10, 4, 3],
    [12, 3, 4],
    [9, 5, 2],
    [8, 7, 5],
    [16, 4, 8],
  ] as const) {
    const odds = captureOdds(slots, audits, Math.ceil((coalition * 10_000) / slots))
    assert.is(odds.coalition, coalition)
    assert.ok(Math.abs(odds.target - counted(slots, audits, coalition)) < 1e-9, `${slots}, ${audits}, ${coalition}`)
  }
})

test('the edges: nobody, everybody, one sidecar', () => {
  assert.is(captureOdds(50, 4, 0).target, 0)
  assert.equal(captureOdds(50, 4, 10_000), { coalition: 50, target: 1, network: 1 })
  assert.is(captureOdds(1, 4, 0).network, 0)
  assert.ok(captureOdds(4_096, 32, 3_300).network <= 1)
})

test('more auditors, less capture', () => {
  const [few, some, many] = [4, 8, 16].map((k) => captureOdds(1_000, k, 2_000).target)
  assert.ok(few !== undefined && some !== undefined && many !== undefined && few > some && some > many)
})

test.run()
