import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ZERO_32 } from '../../src/core/bytes.ts'
import { drawCommittee } from '../../src/round/committee.ts'
import { admitted, seenBits } from '../../src/round/statement.ts'

const test = suite('round: statement')
const SLOTS = 10

const committeeOf = (size: number) =>
  drawCommittee(
    {
      epoch: 0,
      members: Array.from({ length: size }, (_, slot) => ({
        id: slot,
        slot,
        signer: '0x00' as const,
        peerKey: ZERO_32,
        blsKey: ZERO_32,
      })),
    },
    128,
    ZERO_32,
  )

test('listed by f+1: in; listed by f: out', () => {
  const committee = committeeOf(7) // f = 2, q = 5
  const lists = [[1, 2], [1, 2], [1], [], []]
  assert.equal(
    admitted(
      committee,
      SLOTS,
      lists.map((seen) => seenBits(SLOTS, seen)),
    ),
    [1],
  )
  assert.equal(admitted(committee, SLOTS, []), [])
})

test('whatever f members say: what all honest saw is in, what no honest saw is out', () => {
  const slots = fc.array(fc.nat(SLOTS - 1))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.array(slots, { minLength: 30, maxLength: 30 }),
      fc.array(slots, { minLength: 10, maxLength: 10 }),
      (size, honestSaw, lies) => {
        const committee = committeeOf(size)
        // The worst that a leader can choose: q statements, f of them lies.
        const honest = honestSaw.slice(0, committee.quorum - committee.faulty)
        const said = [...honest, ...lies.slice(0, committee.faulty)].map((seen) => seenBits(SLOTS, seen))
        const result = admitted(committee, SLOTS, said)
        for (let slot = 0; slot < SLOTS; slot++) {
          if (honest.every((seen) => seen.includes(slot))) assert.ok(result.includes(slot), `slot ${slot}: all saw it`)
          if (!honest.some((seen) => seen.includes(slot))) assert.not(result.includes(slot), `slot ${slot}: nobody did`)
        }
      },
    ),
  )
})

test.run()
