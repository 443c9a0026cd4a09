// The door of the auction workflow: what is refused and how, what waits, what a stall leaves behind.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statementOf } from '../../src/auction/admission.ts'
import { openCertificate } from '../../src/auction/bodies.ts'
import { AuctionCertificateBody, AuctionStatementBody } from '../../src/auction/codec.ts'
import { keccak256, toHex, word } from '../../src/core/bytes.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { signRecord } from '../../src/round/record.ts'
import { assertOutcome, assertSignedOnce, eventsOf, forge, nodeAt } from '../support/sim-auction-checks.ts'
import { CLOSE, OPEN, PICK, simulateAuctions } from '../support/sim-auction.ts'
import type { AuctionSim } from '../support/sim-auction-scenario.ts'
import { simKeys } from '../support/sim-crypto.ts'

const test = suite('sim: the door of auctions')
const EXAMPLE = { winner: 1, price: 70n, admitted: [1, 2, 3] }

const published = (sim: AuctionSim, kind: keyof typeof RECORD_KINDS, sequence = 0): SignedRecord => {
  const found = sim.nodes
    .flatMap((node) => node.published)
    .find((record) => record.kind === RECORD_KINDS[kind] && record.sequence === sequence)
  assert.ok(found, `somebody published ${kind} ${sequence}`)
  return found
}

/** Verdict on a record at node 6, given until it is judged. */
async function judged(sim: AuctionSim, topic: 'seal' | 'statement' | 'certificate', record: SignedRecord) {
  let line = 'waiting'
  void nodeAt(sim, 6)
    .auctioneer()
    .onRecord(topic, record, 'somebody')
    .then((verdict) => (line = verdict.verdict === 'accept' ? 'accept' : `${verdict.verdict} ${verdict.code}`))
  await sim.clock.run(sim.clock.now() + 100)
  return () => line
}

test('every refusal of what members say has its verdict and code', async () => {
  const sim = simulateAuctions({ seed: 71 })
  sim.announce()
  await sim.untilRound(OPEN + 1)
  const statement = published(sim, 'auctionStatement')
  const vote = published(sim, 'auctionVote')
  const certificate = published(sim, 'auctionCertificate')
  const value = openCertificate(certificate)
  const author = certificate.author - 1
  const names = [keccak256(word(1)), keccak256(word(2))].map(toHex).sort()
  const certified = (changes: Partial<typeof value>, sequence = 0) =>
    forge(sim, (author + 3) % 7, certificate, {
      sequence,
      body: AuctionCertificateBody.serialize({ ...value, ...changes }),
    })
  const stranger = simKeys('nobody').signer
  const cases: readonly [string, 'seal' | 'statement' | 'certificate', SignedRecord][] = [
    ['reject wrong-topic', 'certificate', statement],
    ['reject wrong-topic', 'statement', { ...statement, kind: RECORD_KINDS.statement }],
    ['reject bad-sequence', 'statement', forge(sim, 0, statement, { sequence: 1 })],
    ['ignore too-late', 'statement', statement],
    ['reject bad-sequence', 'certificate', forge(sim, 0, vote, { sequence: 2 })],
    ['ignore known', 'certificate', vote],
    ['reject bad-signature', 'certificate', { ...vote, sequence: 1, author: 7 }],
    [
      'reject unknown-author',
      'certificate',
      signRecord(stranger, sim.network.separator, { ...vote, author: 99 }, vote.body),
    ],
    ['reject bad-encoding', 'certificate', forge(sim, 4, vote, { sequence: 1, body: vote.body.subarray(1) })],
    ['ignore redundant', 'certificate', forge(sim, (author + 1) % 7, certificate, {})],
    ['reject wrong-certificate-kind', 'certificate', certified({ admitted: [] }, 1)],
    [
      'reject wrong-content',
      'certificate',
      forge(sim, (author + 2) % 7, certificate, {
        body: AuctionCertificateBody.serialize({ ...value, content: keccak256(word(3)) }),
      }),
    ],
    ['ignore job-over', 'certificate', { ...vote, unit: 0 }],
  ]
  for (const [i, [line, topic, record]] of cases.entries())
    assert.is((await judged(sim, topic, record))(), line, `case ${i}: ${line}`)
  const disordered = forge(sim, 0, statement, {
    body: AuctionStatementBody.serialize({ seen: statementOf(names).seen.toReversed() }),
  })
  const other = simulateAuctions({ seed: 71 })
  other.announce()
  await other.untilRound(CLOSE)
  assert.is((await judged(other, 'statement', disordered))(), 'reject statement-order')
})

test('a certificate that too few signed, or whose signature is another’s, is rejected', async () => {
  const sim = simulateAuctions({ seed: 72 })
  sim.announce()
  await sim.untilRound(OPEN + 1)
  const certificate = published(sim, 'auctionCertificate')
  const value = openCertificate(certificate)
  const fresh = simulateAuctions({ seed: 72, meddle: (_from, { record }) => (record.kind >= 10 ? [] : undefined) })
  fresh.announce()
  await fresh.untilRound(OPEN - 1)
  const cases: readonly [string, Partial<typeof value>][] = [
    ['reject too-few-signers', { absentees: [0, 1, 2] }],
    ['reject bad-absentees', { absentees: [1, 1] }],
    ['reject bad-certificate', { absentees: [3] }],
    ['reject wrong-epoch', { epoch: 1 }],
    ['reject wrong-content', { admitted: value.admitted.slice(1) }],
    ['reject admission-order', { admitted: value.admitted.toReversed() }],
    ['accept', {}],
  ]
  for (const [line, changes] of cases) {
    const body = AuctionCertificateBody.serialize({ ...value, ...changes })
    assert.is(
      (await judged(fresh, 'certificate', forge(fresh, certificate.author - 1, certificate, { body })))(),
      line,
      line,
    )
  }
})

test('early statements wait for their round; too early ones do not', async () => {
  const sim = simulateAuctions({ seed: 73 })
  sim.announce()
  await sim.untilRound(CLOSE - 4)
  await sim.clock.run(sim.clock.now() + 500)
  const { separator } = sim.network
  const header = { kind: RECORD_KINDS.auctionStatement, author: 2, unit: 1, sequence: 0 }
  const early = signRecord(
    simKeys('bidder 1').signer,
    separator,
    header,
    AuctionStatementBody.serialize(statementOf([])),
  )
  assert.is((await judged(sim, 'statement', early))(), 'ignore too-early')
  await sim.untilRound(CLOSE - 2)
  await sim.clock.run(sim.clock.now() + 500)
  const waiting = await judged(sim, 'statement', early)
  assert.is(waiting(), 'waiting')
  assert.is(
    (await judged(sim, 'statement', { ...early, author: 3 }))(),
    'reject bad-signature',
    'nobody waits in another’s name',
  )
  await sim.untilRound(CLOSE)
  await sim.clock.run(sim.clock.now() + 500)
  assert.is(waiting(), 'accept')
})

test('a record of a job the chain has not shown yet waits a few rounds for it', async () => {
  const sim = simulateAuctions({ seed: 74 })
  await sim.untilRound(CLOSE - 4)
  const other = simulateAuctions({ seed: 74 })
  other.announce()
  await other.untilRound(CLOSE - 2)
  const [first, second] = ['0', '1'].map((index) => nodeAt(other, Number(index)).published[0])
  assert.ok(first && second)
  const found = await judged(sim, 'seal', first)
  const lost = await judged(sim, 'seal', {
    ...second,
    unit: 2,
    signature: forge(sim, 1, { ...second, unit: 2 }, {}).signature,
  })
  assert.equal([found(), lost()], ['waiting', 'waiting'])
  sim.announce()
  await sim.untilRound(CLOSE - 2)
  assert.is(found(), 'accept')
  await sim.untilRound(CLOSE + 1)
  assert.is(lost(), 'ignore job-unknown')
})

test('one author cannot fill the waiting room, nor can all of them together', async () => {
  const sim = simulateAuctions({ seed: 75 })
  sim.announce()
  await sim.untilRound(CLOSE - 3)
  const { separator } = sim.network
  const { signer } = simKeys('bidder 1')
  const lines: (() => string)[] = []
  for (let unit = 2; unit < 42; unit++) {
    const record = signRecord(signer, separator, { kind: RECORD_KINDS.bid, author: 2, unit, sequence: 0 }, word(1))
    lines.push(await judged(sim, 'seal', record))
  }
  assert.is(lines.filter((line) => line() === 'waiting').length, 32)
  assert.is(lines.filter((line) => line() === 'ignore full').length, 8)
  assert.is(nodeAt(sim, 6).auctioneer().status().waiting, 32)
})

test('after a stall a sidecar acts on the newest round and works nothing off', async () => {
  const sim = simulateAuctions({ seed: 76, halt: { from: CLOSE + 2, to: OPEN - 2 } })
  sim.announce()
  await sim.untilRound(PICK + 6)
  assertOutcome(sim, EXAMPLE)
  for (const node of sim.nodes) {
    const proposals = node.published.filter(({ kind }) => kind === RECORD_KINDS.auctionProposal)
    assert.ok(proposals.length <= 1, `node ${node.index} made ${proposals.length} proposals`)
    assert.is(eventsOf(node, 'bids-opened').length, 1, `node ${node.index} opened once`)
  }
})

test('one that was away from before the close until after the open round is told the outcome by the chain', async () => {
  const sim = simulateAuctions({ seed: 77 })
  sim.announce()
  await sim.untilRound(CLOSE - 2)
  nodeAt(sim, 6).kill()
  await sim.untilRound(OPEN + 1)
  nodeAt(sim, 6).restart()
  await sim.untilRound(PICK + 6)
  const [settled] = eventsOf(nodeAt(sim, 6), 'job-settled')
  assert.equal([settled?.winner, settled?.price, settled?.odds], [1, 70n, []], 'without the evidence there are no odds')
  assert.equal(
    eventsOf(nodeAt(sim, 6), 'job-stuck').map(({ step, code }) => `${step}/${code}`),
    ['state/missed', 'admit/not-admitted'],
  )
})

test('a member killed after its statement has said it: nothing is missed, nothing said twice', async () => {
  const sim = simulateAuctions({ seed: 78 })
  sim.announce()
  await sim.untilRound(CLOSE)
  await sim.clock.run(sim.clock.now() + 1_000)
  nodeAt(sim, 5).restart()
  await sim.untilRound(PICK + 6)
  assertOutcome(sim, EXAMPLE)
  assertSignedOnce(sim)
  assert.equal(eventsOf(nodeAt(sim, 5), 'job-stuck'), [])
})

test.run()
