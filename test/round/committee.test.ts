import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ZERO_32, fromHex, toHex } from '../../src/core/bytes.ts'
import type { Roster } from '../../src/core/types.ts'
import { drawCommittee, leaderSeat, rankAfter, seatSeed } from '../../src/round/committee.ts'
import { slotAt } from '../../src/round/permutation.ts'
import { contractVectors } from '../support/contract-vectors.ts'

const test = suite('round: committee')

const rosterOf = (size: number): Roster => ({
  epoch: 3,
  members: Array.from({ length: size }, (_, slot) => ({
    id: slot + 10,
    slot,
    signer: '0x00',
    peerKey: ZERO_32,
    blsKey: new Uint8Array(48),
  })),
})

test('seat seeds are those of the contracts', () => {
  const { separator, beacon, seatSeed: expected } = contractVectors
  assert.is(toHex(seatSeed(fromHex(separator), 0, fromHex(beacon.randomness))), expected)
})

test('everybody sits by slot until there are more members than seats', () => {
  const { seats, seatOf } = drawCommittee(rosterOf(7), 7, ZERO_32)
  assert.equal(
    seats.map(({ slot }) => slot),
    [0, 1, 2, 3, 4, 5, 6],
  )
  assert.is(seatOf(12), 2)
  assert.is(seatOf(99), undefined)
})

test('with more members, seat i is the slot at place i of the seat ring', () => {
  const seed = new Uint8Array(32).fill(9)
  const { seats } = drawCommittee(rosterOf(50), 8, seed)
  for (const [seat, { slot }] of seats.entries()) assert.is(slot, slotAt(seed, 50, seat), `seat ${seat}`)
  assert.is(new Set(seats.map(({ slot }) => slot)).size, 8, 'nobody has two')
})

test('any two quorums share an honest member', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 128 }), (size) => {
      const { faulty, quorum } = drawCommittee(rosterOf(size), 128, ZERO_32)
      assert.ok(2 * quorum - size > faulty, `c ${size}, f ${faulty}, q ${quorum}`)
      assert.ok(quorum <= size - faulty, 'the honest alone are enough')
    }),
  )
})

test('leadership goes round: c views, every seat once', () => {
  const committee = drawCommittee(rosterOf(9), 128, ZERO_32)
  const seed = new Uint8Array(32).fill(3)
  const leaders = Array.from({ length: 9 }, (_, view) => leaderSeat(committee, seed, view))
  assert.equal(
    [...leaders].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  )
  for (const [view, seat] of leaders.entries())
    assert.is(rankAfter(committee, leaders[0] ?? -1, seat), view, `rank of the leader of view ${view}`)
})

test.run()
