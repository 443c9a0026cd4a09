import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as clock from '../../src/core/clock.ts'
import type { Schedule } from '../../src/core/types.ts'

const test = suite('core/clock')

const quicknet = { genesisTime: 1692803367, periodSeconds: 3 }
const schedule: Schedule = {
  genesisRound: 1000,
  periodRounds: 12,
  epochPeriods: 5,
  audits: 4,
  seatsMax: 128,
  sealRounds: 4,
  closeRounds: 6,
  revealCloseRounds: 8,
  certifyRounds: 10,
  viewRounds: 2,
  evidencePeriods: 100,
}

test('round 1 is due at genesis, later rounds a period apart, none before', () => {
  assert.is(clock.roundDueAt(quicknet, 1), quicknet.genesisTime * 1000)
  // Rounds and times of real quicknet beacons (test/vectors/drand-quicknet.json).
  assert.is(clock.roundDueAt(quicknet, 12040883), 1728926013_000)
  assert.is(clock.roundAt(quicknet, 1728926013_000), 12040883)
  assert.is(clock.roundAt(quicknet, 1728926012_999), 12040882)
  assert.is(clock.roundAt(quicknet, 0), 0)
})

test('a round is at its own due moment, whatever the chain', () => {
  const chains = fc.record({
    genesisTime: fc.integer({ min: 1, max: 2 ** 32 }),
    periodSeconds: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(chains, fc.integer({ min: 1, max: 1e8 }), (chain, round) => {
      const due = clock.roundDueAt(chain, round)
      return clock.roundAt(chain, due) === round && clock.roundAt(chain, due - 1) === round - 1
    }),
  )
})

test('every round belongs to the period and epoch whose span holds it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 1e7 }), (round) => {
      const period = clock.periodOf(schedule, round)
      const start = clock.periodStart(schedule, period)
      const epoch = clock.epochOf(schedule, period)
      return (
        start <= round &&
        round < start + schedule.periodRounds &&
        clock.epochStart(schedule, epoch) <= start &&
        start < clock.epochStart(schedule, epoch + 1)
      )
    }),
  )
})

test('before genesis periods are negative', () => {
  assert.is(clock.periodOf(schedule, 999), -1)
})

test('phases follow each other and views follow the phases', () => {
  const phases = clock.phaseRounds(schedule, 3)
  assert.equal(phases, { probe: 1036, seal: 1040, reveal: 1042, state: 1044, certify: 1046 })
  assert.is(clock.viewStart(schedule, 3, 0), phases.certify)
  assert.is(clock.viewOf(schedule, 3, 1045), -1)
  for (const [round, view] of [
    [1046, 0],
    [1047, 0],
    [1048, 1],
    [1060, 7],
  ] as const)
    assert.is(clock.viewOf(schedule, 3, round), view, `round ${round}`)
})

test.run()
