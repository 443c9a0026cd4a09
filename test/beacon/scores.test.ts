// What a relay's standing says of it: whether its newest request failed, and whether it is asked after the others.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createScores } from '../../src/beacon/scores.ts'
import type { RelayOutcome } from '../../src/beacon/scores.ts'

const test = suite('beacon/scores')
const URL_A = 'https://a.example'

const standingAfter = (outcomes: readonly RelayOutcome[], laterMs = 0) => {
  const clock = { now: 0 }
  const scores = createScores([URL_A], () => clock.now)
  for (const outcome of outcomes) scores.record(URL_A, outcome, 50, outcome === 'served' ? undefined : 'relay-status')
  clock.now += laterMs
  const [standing] = scores.standings()
  assert.ok(standing)
  return standing
}

const CASES: readonly (readonly [outcomes: readonly RelayOutcome[], failing: boolean, demoted: boolean])[] = [
  [[], false, false],
  [['served'], false, false],
  [['failed'], true, false],
  [['failed', 'failed'], true, true],
  [['timeout'], true, true],
  [['lied', 'served'], false, true],
  [['failed', 'served'], false, false],
  [['behind', 'behind'], false, false],
  [['failed', 'cancelled'], true, false],
]
for (const [outcomes, failing, demoted] of CASES)
  test(`${outcomes.join(', ') || 'untried'}: ${failing ? 'failing' : 'not failing'}, ${demoted ? 'demoted' : 'not demoted'}`, () => {
    const standing = standingAfter(outcomes)
    assert.equal([standing.failing, standing.demoted], [failing, demoted])
  })

test('a demotion fades, a lie much later than failures', () => {
  assert.is(standingAfter(['failed', 'failed'], 300_000).demoted, false)
  assert.is(standingAfter(['lied'], 1_800_000).demoted, true)
  assert.is(standingAfter(['lied'], 7_200_000).demoted, false)
})

test.run()
