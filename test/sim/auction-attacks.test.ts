// Everything tried against an auction: each attack by its own hand, on the whole workflow, with valid signatures. None
// changes the outcome that honest bids and the rules give, each leaves a code.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { admissionContent, admit, entryOf } from '../../src/auction/admission.ts'
import { commitmentOf } from '../../src/auction/bid.ts'
import { openStatement } from '../../src/auction/bodies.ts'
import { AuctionProposalBody, SealedBidBody } from '../../src/auction/codec.ts'
import { concatBytes, fromHex, keccak256, word } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { ListedBid, MarketJob, SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import {
  assertOutcome,
  assertSignedOnce,
  eventsOf,
  forge,
  nodeAt,
  outcomeAt,
  refusalsOf,
  stuckCodes,
  withCiphertext,
} from '../support/sim-auction-checks.ts'
import { CLOSE, OPEN, PICK, beaconOf, simulateAuctions } from '../support/sim-auction.ts'
import type { AuctionScenario, AuctionSim, Message } from '../support/sim-auction-scenario.ts'

const test = suite('sim: attacks on auctions')
const EXAMPLE = { winner: 1, price: 70n, admitted: [1, 2, 3] }

const isBid = ({ record }: Message): boolean => record.kind === RECORD_KINDS.bid

/** Runs one auction in which `meddle` may use the simulation it is part of. */
async function attacked(
  seed: number,
  meddle: (sim: AuctionSim, from: number, message: Message) => readonly Message[] | undefined,
  more: Partial<AuctionScenario> = {},
): Promise<AuctionSim> {
  const sim: AuctionSim = simulateAuctions({ seed, ...more, meddle: (from, message) => meddle(sim, from, message) })
  sim.announce()
  await sim.untilRound(PICK + 6)
  return sim
}

const voidCodes = (sim: AuctionSim): readonly (string | undefined)[] =>
  eventsOf(nodeAt(sim, 6), 'bids-opened')[0]?.bids.map(({ code }) => code) ?? []

test('a late bid is not admitted', async () => {
  const sim = await attacked(21, (_sim, from, message) =>
    from === 0 && isBid(message) ? [{ ...message, delayMs: 6 * 3_000 }] : undefined,
  )
  assertOutcome(sim, { winner: 2, price: 75n, admitted: [2, 3] })
  assert.ok(refusalsOf(sim).has('8/bid-late'))
  assert.equal(sim.market.forfeited, [], 'and costs nothing')
})

test('a good commitment with garbage for a ciphertext is void and forfeits', async () => {
  const garbage = [new Uint8Array(160).fill(0x55), concatBytes(new Uint8Array(96).fill(0xc0, 0, 1), new Uint8Array(64))]
  for (const [i, ciphertext] of garbage.entries()) {
    const sim = await attacked(22 + i, (now, from, message) =>
      from === 1 && isBid(message)
        ? [{ ...message, record: forge(now, 1, message.record, { body: withCiphertext(message.record, ciphertext) }) }]
        : undefined,
    )
    assertOutcome(sim, { ...EXAMPLE, price: 75n })
    assert.equal(voidCodes(sim), [undefined, 'timelock-point', undefined], `garbage ${i}`)
    assert.equal(sim.market.forfeited, [2], `garbage ${i}`)
  }
})

test('a ciphertext sealed for another round is void', async () => {
  const sim = await attacked(24, (now, from, message) => {
    if (from !== 1 || !isBid(message)) return undefined
    const other = now.timelock.seal(OPEN + 5, new Uint8Array(32).fill(1), CLOSE - 1)
    return [{ ...message, record: forge(now, 1, message.record, { body: withCiphertext(message.record, other) }) }]
  })
  assertOutcome(sim, { ...EXAMPLE, price: 75n })
  assert.equal(voidCodes(sim), [undefined, 'timelock-forged', undefined])
})

test('a copy of another’s bid is void; its replay is known', async () => {
  let stolen: SignedRecord | undefined
  const sim = await attacked(25, (now, from, message) => {
    if (!isBid(message)) return undefined
    if (from === 0) stolen = message.record
    // Sent a round later than its own, when the other's is known, in place of it.
    if (from !== 2) return undefined
    now.clock.at(now.clock.now() + 3_000, () => {
      if (stolen) now.inject(2, { ...message, record: forge(now, 2, stolen, {}) })
    })
    return []
  })
  assertOutcome(sim, EXAMPLE)
  assert.equal(voidCodes(sim), [undefined, undefined, 'bid-mismatch'])
  assert.equal(sim.market.forfeited, [3])
})

test('replays and bids in another’s name are refused', async () => {
  const sim = simulateAuctions({ seed: 26 })
  sim.announce()
  await sim.untilRound(CLOSE - 1)
  const own = nodeAt(sim, 0).published.find(({ kind }) => kind === RECORD_KINDS.bid)
  assert.ok(own)
  const node = nodeAt(sim, 5).auctioneer()
  const cases: readonly [string, SignedRecord][] = [
    ['ignore bid-known', own],
    ['reject bid-signature', forge(sim, 1, own, { author: 1, sequence: 1 })],
    ['ignore bid-not-qualified', forge(sim, 4, own, {})],
    ['reject bid-sequence', forge(sim, 0, own, { sequence: 4 })],
    ['reject wrong-topic', { ...own, kind: RECORD_KINDS.auctionVote }],
  ]
  for (const [code, record] of cases) {
    const verdict = await node.onRecord('seal', record, 'somebody')
    assert.is(verdict.verdict === 'accept' ? 'accept' : `${verdict.verdict} ${verdict.code}`, code, code)
  }
  await sim.untilRound(PICK + 5)
  assertOutcome(sim, EXAMPLE)
})

test('a bid above the reserve is void and forfeits', async () => {
  const sim = await attacked(27, (now, from, message) => {
    if (from !== 2 || !isBid(message)) return undefined
    const opening = concatBytes(word(90n).subarray(20), new Uint8Array(20).fill(9))
    const [job] = nodeAt(now, 2).auctioneer().status().jobs
    assert.ok(job)
    const context = { separator: now.network.separator, provider: 3, job: { id: 1 } as MarketJob }
    const ciphertext = now.timelock.seal(OPEN, opening, CLOSE - 4)
    const body = SealedBidBody.serialize({ commitment: commitmentOf(context, opening), ciphertext })
    return [{ ...message, record: forge(now, 2, message.record, { body }) }]
  })
  assertOutcome(sim, EXAMPLE)
  assert.equal(voidCodes(sim), [undefined, undefined, 'bid-above-reserve'])
  assert.equal(sim.market.forfeited, [3])
})

test('a replacement sent after the close does not count', async () => {
  const sim = await attacked(28, (now, from, message) => {
    if (from !== 0 || !isBid(message)) return undefined
    const body = withCiphertext(message.record, new Uint8Array(160))
    return [message, { ...message, record: forge(now, 0, message.record, { sequence: 1, body }), delayMs: 6 * 3_000 }]
  })
  assertOutcome(sim, EXAMPLE)
  assert.ok(refusalsOf(sim).has('8/bid-late'))
})

test('a censored bidder commits on chain and wins all the same', async () => {
  const censored = await attacked(29, (_sim, from, message) => (from === 0 && isBid(message) ? [] : undefined), {
    onChain: [0],
  })
  assertOutcome(censored, EXAMPLE)
  assert.is(eventsOf(nodeAt(censored, 4), 'bids-admitted')[0]?.onChain, 1)
  assert.equal(
    censored.market.settlements[0]?.proofs.find(({ position }) => position === 0)?.record,
    undefined,
    'its proof is the commitment on chain',
  )
})

test('a bid that only f members were given is not admitted; one that f+1 honest ones saw may be', async () => {
  const sim = await attacked(30, (now, from, message) => {
    if (from !== 0 || !isBid(message)) return undefined
    // So late that nobody who gets it second-hand is still in time.
    const lastMoment = (CLOSE - 1) * 3_000 + 1_700_000_000_000 - now.clock.now() - 250
    return [{ ...message, to: [3, 4], delayMs: lastMoment }]
  })
  const { winner, admitted } = outcomeAt(nodeAt(sim, 6))
  assert.ok(admitted)
  assert.is(winner, admitted.includes(1) ? 1 : 2)
  for (const node of sim.nodes) assert.equal(outcomeAt(node).admitted, admitted, `node ${node.index}: one set for all`)
})

test('f members silent: admitted, opened, settled without them', async () => {
  const sim = await attacked(31, (_sim, from) => (from === 3 || from === 4 ? [] : undefined))
  assertOutcome(sim, EXAMPLE)
  assert.is(eventsOf(nodeAt(sim, 0), 'bids-admitted')[0]?.signers, 5)
})

test('one member more than f silent: nothing is certified, and everybody says so', async () => {
  const sim = await attacked(32, (_sim, from) => (from >= 4 ? [] : undefined))
  assert.equal(sim.market.landed, ['1: announced'])
  assert.ok(stuckCodes(sim).has('admit/not-admitted'))
})

/** The first leader, whoever it is, says something else instead of its proposal. */
const firstLeader = (
  seed: number,
  instead: (sim: AuctionSim, from: number, message: Message) => readonly Message[],
): Promise<AuctionSim> =>
  attacked(seed, (sim, from, message) =>
    message.record.kind === RECORD_KINDS.auctionProposal && message.record.sequence === 0
      ? instead(sim, from, message)
      : undefined,
  )

const proposing = (
  sim: AuctionSim,
  from: number,
  message: Message,
  change: (value: ReturnType<typeof AuctionProposalBody.deserialize>) => Partial<typeof value>,
): Message => {
  const value = AuctionProposalBody.deserialize(message.record.body)
  const body = AuctionProposalBody.serialize({ ...value, ...change(value) })
  return { ...message, record: forge(sim, from, message.record, { body }) }
}

test('a leader that leaves a bid out, adds one, or rests on too little is not believed; the next one leads', async () => {
  const cases: readonly [string, Parameters<typeof proposing>[3]][] = [
    ['vote/wrong-admission', () => ({ content: keccak256(word(1)) })],
    ['vote/too-few-statements', ({ statements }) => ({ statements: statements.slice(0, 2) })],
    ['vote/statements-order', ({ statements }) => ({ statements: statements.toReversed() })],
    ['vote/record-missing', ({ statements }) => ({ statements: [...statements.slice(1), keccak256(word(2))] })],
  ]
  for (const [i, [code, change]] of cases.entries()) {
    const sim = await firstLeader(33 + i, (now, from, message) => [proposing(now, from, message, change)])
    assertOutcome(sim, EXAMPLE)
    assert.ok(stuckCodes(sim).has(code), `${code}: ${[...stuckCodes(sim)].join(' ')}`)
  }
})

test('a leader that proposes two sets loses its stake and nothing else happens', async () => {
  const sim = await firstLeader(40, (now, from, message) => {
    const other = proposing(now, from, message, ({ statements }) => ({ statements: statements.slice(1) }))
    return [
      { ...message, to: [0, 2, 4, 6] },
      { ...other, to: [1, 3, 5] },
    ]
  })
  assertOutcome(sim, EXAMPLE)
  assert.is(sim.ledger.slashed.length, 1)
  assert.is(eventsOf(nodeAt(sim, 2), 'equivocation')[0]?.kind, RECORD_KINDS.auctionProposal)
})

test('a bid on the edge and a leader with a set for each half: never are two sets certified', async () => {
  const outcomes = new Set<string>()
  for (let seed = 50; seed < 53; seed++) {
    const sim = await attacked(seed, (now, from, message) => {
      // Three of seven see it in time: whether f+1 of the statements list it depends on which statements one takes.
      if (from === 0 && isBid(message)) {
        const lastMoment = (CLOSE - 1) * 3_000 + 1_700_000_000_000 - now.clock.now() - 40
        return [{ ...message, to: [2, 3, 4], delayMs: lastMoment }]
      }
      const { kind, sequence } = message.record
      if (kind !== RECORD_KINDS.auctionProposal || sequence > 0) return undefined
      const said = now.nodes.flatMap((node) => node.published)
      const statements = said.filter((record) => record.kind === RECORD_KINDS.auctionStatement)
      const inSeats = statements.toSorted((a, b) => a.author - b.author)
      return [inSeats.slice(0, 5), inSeats.slice(-5)].map((chosen, half) => ({
        ...proposing(now, from, message, () => ({
          statements: chosen.map((record) => fromHex(nameOf(record), 32)),
          content: contentFrom(now, chosen, said),
        })),
        to: half === 0 ? [0, 1, 2, 3] : [4, 5, 6],
      }))
    })
    const sets = sim.nodes.flatMap((node) => eventsOf(node, 'bids-admitted').map(({ providers }) => String(providers)))
    assert.ok(new Set(sets).size <= 1, `seed ${seed}: ${sets.join(' | ')}`)
    assert.not.ok(stuckCodes(sim).has('certify/certified-twice'), `seed ${seed}`)
    assert.is(sim.ledger.slashed.length, 1, `seed ${seed}: the leader loses its stake`)
    for (const set of sets) outcomes.add(set)
  }
  assert.equal([...outcomes].sort(), ['1,2,3', '2,3'], 'and the edge cuts both ways')
})

/** What the set of these statements comes to, as an honest member derives it. */
function contentFrom(sim: AuctionSim, statements: readonly SignedRecord[], said: readonly SignedRecord[]): Uint8Array {
  const named = new Map(said.map((record) => [nameOf(record), record]))
  const admission = admit({
    committee: { faulty: 2, quorum: 5 },
    bidders: sim.providers,
    statements: statements.map(openStatement),
    onChain: [],
    byName: (name) => named.get(name),
  })
  assert.ok(admission.complete)
  return admissionContent(1, admission.bids.map(entryOf))
}

test('a bidder that bids twice in one place is slashed, and cannot have both', async () => {
  const sim = await attacked(41, (now, from, message) => {
    if (from !== 2 || !isBid(message)) return undefined
    const other = {
      ...message,
      record: forge(now, 2, message.record, { body: withCiphertext(message.record, new Uint8Array(160)) }),
    }
    return [
      { ...message, to: [0, 2, 4, 6] },
      { ...other, to: [1, 3, 5] },
    ]
  })
  assert.equal(sim.ledger.slashed, [3])
  for (const node of sim.nodes) assert.is(outcomeAt(node).winner, 1, `node ${node.index}`)
  assertSignedOnce(sim, [2])
})

test('settlements by strangers, altered, incomplete or sent twice', async () => {
  const whole = simulateAuctions({ seed: 42 })
  whole.announce()
  await whole.untilRound(PICK + 5)
  const [honest] = whole.market.settlements
  assert.ok(honest)

  // The same auction again, with nobody left to settle it.
  const sim = simulateAuctions({ seed: 42 })
  const job = sim.announce()
  await sim.untilRound(PICK, () => sim.market.landed.includes('1: certified'))
  for (const node of sim.nodes) node.kill()
  await sim.untilRound(PICK + 1)
  const { bids, proofs } = honest
  const [first, second, third] = bids as [ListedBid, ListedBid, ListedBid]
  const cases: readonly [string, readonly ListedBid[], typeof proofs][] = [
    ['OpeningsMismatch', [second, third], proofs],
    ['OpeningsMismatch', [first, second], proofs],
    ['OpeningsMismatch', [{ ...first, content: first.content.with(11, 50) }, second, third], proofs],
    ['OpeningsMismatch', [{ ...first, opened: false }, second, third], proofs],
    ['OpeningsMismatch', [first, second, { ...third, opened: false, content: keccak256(third.content) }], proofs],
    ['BidsNotIncreasing', [second, first, third], proofs],
    ['BidsNotIncreasing', [first, first, third], proofs],
    ['ProofMissing', bids, proofs.slice(1)],
    ['ProofMissing', bids, []],
    ['RecordNotSigned', bids, proofs.map(({ position }) => ({ position, record: proofs.at(-1)?.record }))],
    ['PositionOutOfRange', bids, [{ position: 7, record: proofs[0]?.record }]],
  ]
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined
    void work.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    )
    await sim.clock.run(sim.clock.now() + 2_000)
    if (outcome && 'value' in outcome) return outcome.value
    throw outcome?.error
  }
  for (const [reason, list, shown] of cases)
    try {
      await run(sim.market.settle(job, list, shown, beaconOf(PICK)))
      assert.unreachable(reason)
    } catch (error) {
      assert.is(error instanceof Fault ? error.data.reason : String(error), reason)
    }
  assert.is((await run(sim.market.settle(job, bids, proofs, beaconOf(PICK)))).ours, true, 'a stranger may')
  assert.is(
    (await run(sim.market.settle(job, bids, proofs, beaconOf(PICK)))).ours,
    false,
    'the second one changes nothing',
  )
  const settled = await sim.market.job(1)
  assert.equal([settled?.winner, settled?.price], [1, 70n])
})

test.run()
