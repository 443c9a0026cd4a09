// Auctions among honest sidecars, and what the world does to them: the whole workflow on a virtual clock.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sha256 } from '@noble/hashes/sha2.js'
import { commitmentOf } from '../../src/auction/bid.ts'
import { decodeBundle } from '../../src/auction/bundle.ts'
import { SealedBidBody } from '../../src/auction/codec.ts'
import { concatBytes, equalBytes, fromHex, toHex, word } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { RecordType } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import { nativeBls } from '../../src/native/certificates.ts'
import { nameOf } from '../../src/round/record.ts'
import { simKeys } from '../support/sim-crypto.ts'
import {
  assertOutcome,
  assertSignedOnce,
  eventsOf,
  nodeAt,
  outcomeAt,
  stuckCodes,
} from '../support/sim-auction-checks.ts'
import type { AuctionSim } from '../support/sim-auction-scenario.ts'
import { CLOSE, OPEN, PICK, beaconOf, createSimTimelock, simulateAuctions } from '../support/sim-auction.ts'

const test = suite('sim: auctions')
const EXAMPLE = { winner: 1, price: 70n, admitted: [1, 2, 3] }

test('the example of the white paper: everybody sees the same, one transaction of each kind lands', async () => {
  const sim = simulateAuctions({ seed: 1 })
  sim.announce()
  await sim.untilRound(PICK + 6)
  assertOutcome(sim, EXAMPLE)
  assert.equal(sim.market.landed, ['1: announced', '1: certified', '1: settled', '1: reported', '1: started'])
  assert.equal(sim.market.refused, [])
  assert.equal(sim.market.forfeited, [])
  for (const node of sim.nodes) {
    assert.equal(eventsOf(node, 'job-settled')[0]?.odds, [{ provider: 1, weight: 1_000 }], `node ${node.index}`)
    assert.is(eventsOf(node, 'job-started').length, 1, `node ${node.index} saw the start`)
  }
  assert.equal([...stuckCodes(sim)], [])
  assertSignedOnce(sim)
})

test('an endpoint that is behind: nobody votes on what may be incomplete; who leads when it is there proposes', async () => {
  const behind = simulateAuctions({ seed: 8, onChain: [0] })
  behind.market.lagRounds = 3
  behind.announce()
  await behind.untilRound(CLOSE + 3)
  const said = behind.nodes.flatMap((node) => node.published).map(({ kind }) => kind)
  assert.not.ok(said.includes(RECORD_KINDS.auctionProposal), 'no proposal so far')
  assert.not.ok(said.includes(RECORD_KINDS.auctionVote), 'no vote so far')
  await behind.untilRound(PICK + 6)
  assertOutcome(behind, EXAMPLE)
  assert.equal([...stuckCodes(behind)], ['propose/market-behind'])
  assert.equal(behind.market.refused, [])
})

test('payAsBid pays the winner its own price; a draw among three goes by score', async () => {
  const own = simulateAuctions({ seed: 2 })
  own.announce({ rules: { shortlist: 1, pricing: 'payAsBid', reserve: 80n } })
  await own.untilRound(PICK + 5)
  assertOutcome(own, { ...EXAMPLE, price: 60n })
  const drawn = simulateAuctions({ seed: 2 })
  drawn.announce({ rules: { shortlist: 3, pricing: 'vickrey', reserve: 80n } })
  await drawn.untilRound(PICK + 5)
  const [settled] = eventsOf(nodeAt(drawn, 5), 'job-settled')
  assert.equal(
    settled?.odds.map(({ weight }) => weight),
    [1_000, 2_000, 3_000],
  )
  assert.is(settled?.price, 80n, 'nobody is outside the shortlist: the reserve')
})

test('nobody can read a bid before the open round', async () => {
  const sim = simulateAuctions({ seed: 3 })
  sim.announce()
  await sim.untilRound(OPEN - 1)
  const timelock = createSimTimelock((length) => new Uint8Array(length).fill(7))
  const published = sim.nodes.flatMap((node) => node.published)
  const bids = published.filter(({ kind }) => kind === RECORD_KINDS.bid)
  assert.is(bids.length, 3)
  for (const { author, body } of bids)
    for (let round = CLOSE - 2; round < OPEN; round++)
      assert.throws(
        () => timelock.open(SealedBidBody.deserialize(body).ciphertext, beaconOf(round)),
        (error: unknown) => error instanceof Fault && error.code === 'timelock-forged',
        `the bid of sidecar ${author} with the beacon of round ${round}`,
      )
  const secrets = sim.nodes.flatMap((node) => node.disk.secrets)
  assert.is(secrets.length, 3)
  for (const secret of secrets) {
    const salt = (secret.split('/')[2] ?? '').slice(2 + 24, 2 + 64)
    assert.is(salt.length, 40)
    for (const record of published)
      assert.not(
        toHex(RecordType.serialize(record)).includes(salt),
        `kind ${record.kind} of ${record.author} gives a salt`,
      )
  }
  for (const node of sim.nodes) assert.is(eventsOf(node, 'bids-opened').length, 0, `node ${node.index}`)
  const [job] = nodeAt(sim, 0).auctioneer().status().jobs
  assert.equal(job?.own, { sequence: 0, price: undefined }, 'and our own status does not tell')
})

test('the whole committee together can neither make the beacon that opens nor guess a price it would recognise', async () => {
  const sim = simulateAuctions({ seed: 9 })
  const job = sim.announce()
  await sim.untilRound(OPEN - 1)
  const timelock = createSimTimelock((length) => new Uint8Array(length).fill(7))
  const { separator } = sim.network
  /** Every record on every disk and on the wire; a bidder's own secret is all that is missing. */
  const all = await Promise.all(sim.nodes.map(({ disk }) => disk.store.ofJob(job.id)))
  const hoard = [...all.flat(), ...sim.nodes.flatMap((node) => node.published)].map((record) =>
    RecordType.serialize(record),
  )
  const secretOf = (provider: number): Uint8Array =>
    fromHex(nodeAt(sim, provider - 1).disk.secrets[0]?.split('/')[2] ?? '0x').subarray(0, 32)
  /** Is there a salt among these bytes with which the commitment is to this price? */
  const recognises = (bytes: Uint8Array, provider: number, commitment: Uint8Array): boolean => {
    const price = secretOf(provider).subarray(0, 12)
    for (let at = 0; at + 20 <= bytes.length; at++) {
      const opening = concatBytes(price, bytes.subarray(at, at + 20))
      if (equalBytes(commitmentOf({ separator, job, provider }, opening), commitment)) return true
    }
    return false
  }
  const message = sha256(word(OPEN).subarray(24))
  const together = nativeBls.aggregateSignatures(
    sim.nodes.map(({ index }) => simKeys(`bidder ${index}`).certificateSigner.sign(message)),
  )
  const bids = new Map(sim.nodes.flatMap((node) => node.published).map((record) => [nameOf(record), record]))
  const tried = [...bids.values()].filter(({ kind }) => kind === RECORD_KINDS.bid)
  assert.is(tried.length, 3)
  for (const { author, body } of tried) {
    const { commitment, ciphertext } = SealedBidBody.deserialize(body)
    for (const signature of [together, together.subarray(0, 48), beaconOf(OPEN - 1).signature])
      assert.throws(
        () => timelock.open(ciphertext, { round: OPEN, signature }),
        (error: unknown) => error instanceof Fault && error.code === 'timelock-beacon',
        `the bid of sidecar ${author}`,
      )
    // Told the very price, nobody can even confirm it.
    const known = new Set(hoard.map(toHex))
    for (const hex of known) assert.not.ok(recognises(fromHex(hex), author, commitment), `the bid of sidecar ${author}`)
    assert.ok(recognises(secretOf(author), author, commitment), 'its own secret would do')
    assert.equal(timelock.open(ciphertext, beaconOf(OPEN)), secretOf(author), 'and so does the beacon')
  }
})

test('a bidder dead from close to settlement changes nothing; back in time, it starts', async () => {
  const sim = simulateAuctions({ seed: 4 })
  sim.announce()
  await sim.untilRound(CLOSE - 1)
  nodeAt(sim, 0).kill()
  await sim.untilRound(PICK + 4)
  assertOutcome(sim, EXAMPLE, [0])
  nodeAt(sim, 0).restart()
  await sim.untilRound(PICK + 9)
  assert.ok(sim.market.landed.includes('1: started'))
  assertSignedOnce(sim)
})

test('a bidder that restarts when nodes have forgotten who may bid takes part all the same', async () => {
  const sim = simulateAuctions({ seed: 4 })
  sim.announce()
  await sim.untilRound(CLOSE - 1)
  sim.nodes.forEach((node) => node.kill())
  sim.market.pruned = true
  sim.nodes.forEach((node) => node.restart())
  await sim.untilRound(PICK + 9)
  assertOutcome(sim, EXAMPLE)
  assert.ok(sim.market.landed.includes('1: started'))
})

test('a winner that does not start: the next of the same draw takes over, and it is penalised', async () => {
  const sim = simulateAuctions({ seed: 5, idle: [0] })
  sim.announce()
  await sim.untilRound(PICK + 20, () => sim.market.landed.includes('1: started'))
  assert.equal(sim.market.landed.slice(2), ['1: settled', '1: taken over', '1: reported', '1: started'])
  assert.equal(sim.market.penalised, [1])
  const [, second] = eventsOf(nodeAt(sim, 6), 'job-settled')
  assert.equal([second?.winner, second?.price, second?.rank], [2, 75n, 1])
})

test('a start that no audit confirms: the next of the same draw takes over, and whoever said so is penalised', async () => {
  const sim = simulateAuctions({ seed: 14, unseen: [0] })
  sim.announce()
  await sim.untilRound(PICK + 40, () => eventsOf(nodeAt(sim, 6), 'job-started').length > 0)
  const after = ['1: settled', '1: reported', '1: taken over', '1: reported', '1: started']
  assert.equal(sim.market.landed.slice(2), after)
  assert.equal(sim.market.penalised, [1])
  const [started, again] = eventsOf(nodeAt(sim, 6), 'job-started')
  assert.equal([started?.provider, again], [2, undefined], 'a report alone is no start')
})

/** A job of half a minute among the sidecars of `scenario`, running. */
async function running(seed: number): Promise<AuctionSim> {
  const sim = simulateAuctions({ seed })
  sim.announce({ requirements: { cpuMilliGhz: 1, memoryMilliGb: 1, storageMilliGb: 1, durationSeconds: 30 } })
  await sim.untilRound(PICK + 6)
  assert.ok(sim.market.landed.includes('1: started'))
  return sim
}

/** Rounds until a job that has just started can be completed by anybody, and two looks. */
const LIFE_ROUNDS = 90

test('when its time is over, and the time to show a failure, the sidecar that runs a job completes it', async () => {
  const sim = await running(15)
  nodeAt(sim, 0).kill()
  await sim.untilRound(PICK + LIFE_ROUNDS)
  assert.not(sim.market.landed.includes('1: completed'), 'nobody else thinks of it')
  nodeAt(sim, 0).restart()
  await sim.untilRound(PICK + LIFE_ROUNDS + 6)
  assert.equal(sim.market.landed.slice(-2), ['1: started', '1: completed'])
  assert.equal(
    eventsOf(nodeAt(sim, 0), 'job-completed').map(({ job, ours }) => [job, ours]),
    [[1, true]],
  )
  assert.equal(sim.market.refused, [])
})

test('a sidecar starts its micro-pool once that has its 32 ETH, and no other one does', async () => {
  const sim = simulateAuctions({ seed: 17 })
  sim.market.filledPools.add(2)
  await sim.untilRound(30)
  assert.equal(sim.market.landed, ['pool of 2: started'])
  assert.equal(
    sim.nodes.map((node) => eventsOf(node, 'pool-started').length),
    sim.nodes.map(({ index }) => (index === 1 ? 1 : 0)),
  )
})

test('a dispute nobody ruled on in time: the sidecar lets its job go on, and completes it', async () => {
  const sim = await running(16)
  sim.market.dispute(1, sim.clock.now() / 1000 + 100)
  await sim.untilRound(PICK + 2 * LIFE_ROUNDS)
  assert.equal(sim.market.landed.slice(-3), ['1: disputed', '1: resumed', '1: completed'])
  assert.equal(sim.market.refused, [])
})

test('the chain is unreachable when a job is over: said once, completed when it is back', async () => {
  const sim = await running(17)
  sim.market.down = true
  await sim.untilRound(PICK + LIFE_ROUNDS)
  assert.ok(stuckCodes(sim).has('complete/rpc-unreachable'))
  sim.market.down = false
  await sim.untilRound(PICK + LIFE_ROUNDS + 20)
  assert.ok(sim.market.landed.includes('1: completed'))
})

test('replaced before the close: the newest counts; afterwards nothing does', async () => {
  const sim = simulateAuctions({ seed: 6 })
  sim.announce()
  await sim.untilRound(CLOSE - 2)
  await nodeAt(sim, 2).auctioneer().rebid(1, 65n)
  for (const price of [0n, 81n])
    try {
      await nodeAt(sim, 1).auctioneer().rebid(1, price)
      assert.unreachable(`a bid of ${price}`)
    } catch (error) {
      assert.match(error instanceof Fault ? error.code : String(error), /no-bid-(below-floor|above-reserve)/)
    }
  await sim.untilRound(CLOSE + 1)
  try {
    await nodeAt(sim, 1).auctioneer().rebid(1, 50n)
    assert.unreachable('a replacement after the close')
  } catch (error) {
    assert.is(error instanceof Fault && error.code, 'bid-late')
  }
  await sim.untilRound(PICK + 5)
  assertOutcome(sim, { ...EXAMPLE, price: 65n })
})

test('nobody bids: certified as empty, so that the requester need not wait for the deadline', async () => {
  const sim = simulateAuctions({ seed: 7, prices: {} })
  sim.announce()
  await sim.untilRound(PICK + 5)
  assert.equal(sim.market.landed, ['1: announced', '1: certified', '1: unsold'])
  for (const node of sim.nodes)
    assert.equal(eventsOf(node, 'job-unsettled')[0]?.code, 'unsold', `node ${node.index} says why`)
})

test('beyond limits or capacity: no bid, and the reason', async () => {
  const sim = simulateAuctions({ seed: 8, prices: { 0: 81n, 1: 2_000n, 2: 75n } })
  sim.announce()
  sim.announce({ closeRound: CLOSE + 1 })
  await sim.untilRound(CLOSE)
  const codes = [0, 1, 2].map((index) => eventsOf(nodeAt(sim, index), 'bid-declined').map(({ code }) => code))
  assert.equal(codes[0], ['no-bid-above-reserve', 'no-bid-above-reserve'])
  assert.equal(codes[1], ['no-bid-above-ceiling', 'no-bid-above-ceiling'])
  assert.equal(codes[2], ['no-bid-capacity'], 'its capacity is promised to the other job while that is undecided')
})

test('no beacon around the open round: work waits and settles afterwards', async () => {
  const sim = simulateAuctions({ seed: 9, halt: { from: OPEN - 1, to: PICK + 3 } })
  sim.announce()
  await sim.untilRound(PICK + 8)
  assertOutcome(sim, EXAMPLE)
})

test('no beacon from close to open: nothing is admitted, nothing settles, and everybody says so', async () => {
  const sim = simulateAuctions({ seed: 10, halt: { from: CLOSE, to: OPEN + 1 } })
  sim.announce()
  await sim.untilRound(PICK + 22)
  assert.equal(sim.market.landed, ['1: announced'])
  for (const node of sim.nodes)
    assert.equal(eventsOf(node, 'job-unsettled')[0]?.code, 'certify-deadline', `node ${node.index}`)
  assert.ok(stuckCodes(sim).has('admit/not-admitted'))
  assertSignedOnce(sim)
})

test('the chain is unreachable when it is time to settle: settled when it is back', async () => {
  const sim = simulateAuctions({ seed: 11 })
  sim.announce()
  await sim.untilRound(OPEN)
  sim.market.down = true
  await sim.untilRound(PICK + 3)
  assert.equal(sim.market.landed, ['1: announced'])
  sim.market.down = false
  await sim.untilRound(PICK + 19)
  assertOutcome(sim, EXAMPLE)
})

test('killed before and after every durable write of a bidder: one secret, one record, the bid counts', async () => {
  // Secret, bid, statement, the first vote; the leader's proposal is among them when it leads.
  for (const nth of [1, 2, 3, 4])
    for (const when of ['before', 'after'] as const) {
      const label = `death ${when} write ${nth}`
      const sim = simulateAuctions({ seed: 12 })
      sim.announce()
      const node = nodeAt(sim, 0)
      let died = 0
      node.disk.killAt(nth, when, () => {
        died++
        node.kill()
        sim.clock.at(sim.clock.now() + 400, () => node.restart())
      })
      await sim.untilRound(PICK + 6)
      assert.is(died, 1, `${label} happened`)
      assert.is(node.disk.secrets.length, 1, `${label}: one secret`)
      assert.equal(outcomeAt(nodeAt(sim, 6)), EXAMPLE, label)
      assertSignedOnce(sim)
    }
})

test('every sidecar keeps what it takes to check the auction', async () => {
  const sim = simulateAuctions({ seed: 13 })
  sim.announce()
  await sim.untilRound(PICK + 5)
  for (const node of sim.nodes) {
    const bundle = await node.auctioneer().bundle(1)
    assert.ok(bundle, `node ${node.index} has a bundle`)
    assert.is(decodeBundle(bundle).bids.length, 3, `node ${node.index}`)
  }
  assert.is(await nodeAt(sim, 0).auctioneer().bundle(2), undefined)
})

test.run()
