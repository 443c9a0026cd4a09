// The views machine alone: who proposes, who votes, when a certificate is made, and what a bad share costs.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { nativeBls as bls } from '../../src/native/certificates.ts'
import { createAgreement } from '../../src/round/agreement.ts'
import type { Aggregate } from '../../src/round/certificate.ts'
import { drawCommittee, leaderSeat } from '../../src/round/committee.ts'
import { simKeys } from '../support/sim-crypto.ts'

const test = suite('round: agreement')

const SIZE = 4 // f = 1, q = 3
const keys = Array.from({ length: SIZE }, (_, i) => simKeys(`agreement ${i}`))
const committee = drawCommittee(
  {
    epoch: 0,
    members: keys.map(({ signer, peerKey, certificateSigner }, slot) => ({
      id: slot + 1,
      slot,
      signer: signer.address,
      peerKey,
      blsKey: certificateSigner.publicKey,
    })),
  },
  128,
  new Uint8Array(32),
)
const unitSeed = new Uint8Array(32).fill(4)
const digestOf = (name: string): Uint8Array => keccak256(utf8ToBytes(name))
const proposal = (name: string): SignedRecord => ({
  kind: 4,
  author: 1,
  unit: 1,
  sequence: 0,
  body: utf8ToBytes(name),
  signature: new Uint8Array(64),
})
const share = (seat: number, name: string): Uint8Array =>
  keys[seat]?.certificateSigner.sign(digestOf(name)) ?? new Uint8Array()

function setup(seat: number | undefined, open = true, ready = () => true) {
  const said: string[] = []
  const certificates: Aggregate[] = []
  const agreement = createAgreement<string>(
    { committee, unitSeed, seat },
    {
      bls,
      open: async () => open,
      propose: async () => (ready() ? utf8ToBytes('mine') : undefined),
      compute: async ({ body }) => {
        const result = Buffer.from(body).toString()
        return result === 'wrong' ? undefined : { digest: digestOf(result), result }
      },
      sayProposal: async (view, body) => void said.push(`propose ${view} ${Buffer.from(body).toString()}`),
      sayVote: async (view, { result }) => void said.push(`vote ${view} ${result}`),
      certified: async (_, aggregate) => void certificates.push(aggregate),
      failed: (step, error) => said.push(`failed ${step} ${String(error)}`),
    },
  )
  return { agreement, said, certificates }
}
const leader = leaderSeat(committee, unitSeed, 0)
const follower = leaderSeat(committee, unitSeed, 2)

test('the leader of a view proposes, once; nobody else does', async () => {
  const { agreement, said } = setup(leader)
  agreement.enter(0, 10)
  agreement.enter(0, 11)
  agreement.enter(1, 12)
  await agreement.idle()
  assert.equal(said, ['propose 0 mine'])
  const other = setup(follower)
  other.agreement.enter(0, 10)
  await other.agreement.idle()
  assert.equal(other.said, [])
})

test('a leader with nothing to propose yet tries again in each round of its view, and in no later one', async () => {
  for (const [readyAt, expected] of [
    [11, ['propose 0 mine']],
    [12, []],
  ] as const) {
    let round = 10
    const { agreement, said } = setup(leader, true, () => round >= readyAt)
    for (const view of [0, 0, 1]) {
      agreement.enter(view, round)
      await agreement.idle()
      round++
    }
    assert.equal(said, [...expected], `ready in round ${readyAt}`)
  }
})

test('members vote for what they compute themselves, and not when there is nothing left to agree on', async () => {
  for (const [name, open, expected] of [
    ['right', true, ['vote 0 right']],
    ['wrong', true, []],
    ['right', false, []],
  ] as const) {
    const { agreement, said } = setup(follower, open)
    agreement.enter(0, 10)
    agreement.onProposal(0, proposal(name))
    await agreement.idle()
    assert.equal(said, [...expected], `${name}, open ${open}`)
  }
})

test('observers compute and aggregate but never vote', async () => {
  const { agreement, said, certificates } = setup(undefined)
  agreement.enter(0, 10)
  agreement.onProposal(0, proposal('right'))
  await agreement.idle()
  for (const seat of [0, 1, 2]) agreement.onVote(seat, digestOf('right'), share(seat, 'right'))
  for (const round of [11, 12]) agreement.enter(0, round)
  await agreement.idle()
  assert.is(certificates.length, 0, 'members come first')
  agreement.enter(1, 13)
  await agreement.idle()
  assert.equal(said, [])
  assert.equal(
    certificates.map(({ absentees }) => absentees),
    [[3]],
  )
})

test('the leader does not wait when everybody voted; a round for the slow when not', async () => {
  for (const voters of [
    [0, 1, 2, 3],
    [0, 1, 2],
  ]) {
    const { agreement, certificates } = setup(leader)
    agreement.enter(0, 10)
    agreement.onProposal(0, proposal('right'))
    await agreement.idle()
    for (const seat of voters) agreement.onVote(seat, digestOf('right'), share(seat, 'right'))
    await agreement.idle()
    assert.is(certificates.length, voters.length === SIZE ? 1 : 0, `${voters.length} votes`)
    agreement.enter(0, 11)
    await agreement.idle()
    assert.is(certificates.length, 1, `${voters.length} votes, a round later`)
  }
})

test('a bad share is left out for good; without a quorum of good ones there is no certificate', async () => {
  const { agreement, certificates } = setup(leader)
  agreement.enter(0, 10)
  agreement.onProposal(0, proposal('right'))
  await agreement.idle()
  for (const seat of [0, 1]) agreement.onVote(seat, digestOf('right'), share(seat, 'right'))
  agreement.onVote(2, digestOf('right'), share(2, 'something else'))
  agreement.enter(0, 11)
  await agreement.idle()
  agreement.onVote(2, digestOf('right'), share(2, 'right'))
  agreement.enter(0, 12)
  await agreement.idle()
  assert.is(certificates.length, 0)
  agreement.onVote(3, digestOf('right'), share(3, 'right'))
  agreement.enter(0, 13)
  agreement.enter(0, 14)
  await agreement.idle()
  assert.equal(
    certificates.map(({ absentees }) => absentees),
    [[2]],
  )
})

test('votes of several views for one digest add up; a settled digest is left alone', async () => {
  const { agreement, certificates } = setup(follower)
  agreement.enter(0, 10)
  agreement.onProposal(0, proposal('right'))
  await agreement.idle()
  agreement.onVote(0, digestOf('right'), share(0, 'right'))
  agreement.enter(1, 12)
  for (const seat of [1, 2]) agreement.onVote(seat, digestOf('right'), share(seat, 'right'))
  agreement.enter(1, 13)
  agreement.enter(2, 14)
  await agreement.idle()
  assert.is(certificates.length, 1)
  const late = setup(follower)
  late.agreement.enter(0, 10)
  late.agreement.onProposal(0, proposal('right'))
  await late.agreement.idle()
  late.agreement.settle(digestOf('right'))
  for (const seat of [0, 1, 2, 3]) late.agreement.onVote(seat, digestOf('right'), share(seat, 'right'))
  late.agreement.enter(2, 14)
  late.agreement.enter(3, 16)
  await late.agreement.idle()
  assert.is(late.certificates.length, 0)
})

test('one member cannot fill the tally with digests', async () => {
  const { agreement, certificates } = setup(leader)
  agreement.enter(0, 10)
  for (let i = 0; i < 100; i++) agreement.onVote(3, digestOf(`noise ${i}`), share(3, 'right'))
  agreement.onProposal(0, proposal('right'))
  await agreement.idle()
  for (const seat of [0, 1, 2]) agreement.onVote(seat, digestOf('right'), share(seat, 'right'))
  agreement.enter(0, 11)
  await agreement.idle()
  assert.is(certificates.length, 1, toHex(digestOf('right')))
})

test.run()
