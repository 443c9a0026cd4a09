// The bundle of a simulated auction: an honest one passes with the outcome of the chain, and whatever is changed in it or
// in the facts is found and named.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeBundle, encodeBundle } from '../../src/auction/bundle.ts'
import type { JobBundle } from '../../src/auction/bundle.ts'
import { verifyJob } from '../../src/auction/verify.ts'
import type { VerifyJobFacts } from '../../src/auction/verify.ts'
import { codeOf, Fault } from '../../src/core/errors.ts'
import { forge } from '../support/sim-auction-checks.ts'
import { FIELDS, mutate, withOther } from '../support/mutations.ts'
import { memoBls, memoVerifier } from '../support/sim-crypto.ts'
import { CLOSE, OPEN, PICK, beaconOf, simulateAuctions } from '../support/sim-auction.ts'
import { createDice, SEED } from './random.ts'

const test = suite('auction/verify')

const sim = simulateAuctions({ seed: 61, onChain: [2], nodes: 4 })
const announced = sim.announce()
await sim.untilRound(PICK + 6)
const bundle = (await sim.nodes[3]?.auctioneer().bundle(1)) ?? new Uint8Array()
const job = (await sim.market.job(1)) ?? announced
const facts: VerifyJobFacts = {
  network: sim.network,
  job,
  bidders: await sim.market.bidders(job),
  commitments: await sim.market.commitments(job),
  roster: sim.roster,
  close: beaconOf(CLOSE),
  open: beaconOf(OPEN),
  pick: beaconOf(PICK),
  timelock: sim.timelock,
  screen: (bids) => sim.market.screen(job, bids),
  verifier: memoVerifier(),
  bls: memoBls(),
}
const flawOf = async (bytes: Uint8Array, changed: Partial<VerifyJobFacts> = {}): Promise<string> => {
  const verdict = await verifyJob(bytes, { ...facts, ...changed })
  return verdict.ok ? 'pass' : `${verdict.code} ${verdict.where}`
}
const edited = (changes: (parts: JobBundle) => Partial<JobBundle>): Uint8Array => {
  const parts = decodeBundle(bundle)
  return encodeBundle({ ...parts, ...changes(parts) })
}

test('an honest bundle passes with winner, price and odds', async () => {
  const verdict = await verifyJob(bundle, facts)
  assert.ok(verdict.ok)
  assert.equal([verdict.award?.winner.provider, verdict.award?.price], [1, 70n])
  assert.equal(verdict.odds, [{ provider: 1, weight: 1_000 }])
  assert.is(verdict.entries[2]?.record, undefined, 'the third stands on chain')
})

test('every byte counts: whatever is changed is found', async () => {
  const dice = createDice(SEED)
  for (let at = 0; at < bundle.length; at++) {
    const bent = bundle.with(at, (bundle[at] ?? 0) ^ (1 << dice.roll(8)))
    assert.is.not(await flawOf(bent), 'pass', `byte ${at} of ${bundle.length}`)
  }
})

test('any one change is found, and the part it is in is named', async () => {
  const dice = createDice(SEED)
  const sections = new Set<string>()
  for (let i = 0; i < 800; i++) {
    const { bytes, what, section } = mutate(bundle, dice)
    const verdict = await verifyJob(bytes, facts)
    assert.not.ok(verdict.ok, `seed ${SEED}, change ${i}: ${what} passes`)
    if (verdict.ok) continue
    assert.ok(verdict.where !== '', `seed ${SEED}, change ${i}: ${what} is named`)
    if (section === undefined) continue
    sections.add(what.replace(/\d+/g, ''))
    assert.ok(verdict.where.startsWith(section), `seed ${SEED}, change ${i}: ${what}: ${verdict.code} ${verdict.where}`)
  }
  assert.is(sections.size, 4 * FIELDS.length + 2, 'every field of every section was changed')
})

test('signed anew by its author, a changed record is named or changes nothing', async () => {
  const dice = createDice(SEED + 1)
  const honest = await verifyJob(bundle, facts)
  const { statements, bids, admission, openings } = decodeBundle(bundle)
  const codes = new Map<string, number>()
  for (let i = 0; i < 200; i++) {
    const records = [...statements, ...bids, admission, openings]
    const at = dice.roll(records.length)
    const [record] = records.slice(at, at + 1)
    assert.ok(record)
    const { sequence, body } = withOther(record, dice.roll(4) === 0 ? 'sequence' : 'body', dice)
    records[at] = forge(sim, record.author - 1, record, { sequence, body })
    const rest = records.splice(statements.length + bids.length)
    const [first, second] = rest
    assert.ok(first && second)
    const changed = { statements: records.slice(0, statements.length), bids: records.slice(statements.length) }
    const bytes = encodeBundle({ job: 1, ...changed, admission: first, openings: second })
    const verdict = await verifyJob(bytes, facts)
    if (verdict.ok) assert.equal(verdict, honest, `change ${i}: another outcome`)
    const code = verdict.ok ? 'pass' : verdict.code
    codes.set(code, (codes.get(code) ?? 0) + 1)
    assert.ok(verdict.ok || verdict.where !== '', `change ${i} of record ${at}: ${code} is named`)
  }
  for (const code of ['bad-sequence', 'bid-not-listed']) assert.ok(codes.has(code), [...codes].join(' '))
})

test('cut short or continued anywhere: named, never thrown', async () => {
  for (let length = 0; length < bundle.length; length += 41)
    assert.match(await flawOf(bundle.subarray(0, length)), /^(bad-bundle|too-few-statements)/, `${length} bytes`)
  assert.is(await flawOf(Uint8Array.from([...bundle, 9])), 'bad-bundle the end')
})

test('what is left out, added or exchanged is named', async () => {
  const { statements, bids, admission, openings } = decodeBundle(bundle)
  const [first, second] = bids
  assert.ok(first && second)
  const cases: readonly [string, Uint8Array][] = [
    ['too-few-statements 2 of 3', edited(() => ({ statements: statements.slice(0, 2) }))],
    ['statements-order statements[1]', edited(() => ({ statements: statements.toReversed() }))],
    [`bid-known bids[1] (sidecar ${first.author})`, edited(() => ({ bids: [first, first] }))],
    ['bad-sequence admission[0]', edited(() => ({ admission: openings }))],
    ['bad-sequence openings[0]', edited(() => ({ openings: admission }))],
    ['unknown-kind statements[0]', edited(() => ({ statements: [first, ...statements] }))],
    ['bid-missing 0x', edited(() => ({ bids: [second] }))],
    ['differs-from-chain header.job', edited(() => ({ job: 2 }))],
  ]
  for (const [flaw, bytes] of cases) {
    const found = await flawOf(bytes)
    assert.ok(found.startsWith(flaw), `${flaw}: ${found}`)
  }
})

test('a chain that says otherwise is named field by field', async () => {
  const cases: readonly [string, Partial<VerifyJobFacts>][] = [
    ['differs-from-chain chain.winner', { job: { ...job, winner: 2 } }],
    ['differs-from-chain chain.price', { job: { ...job, price: 71n } }],
    ['differs-from-chain chain.openingsHash', { job: { ...job, openingsHash: `0x${'11'.repeat(32)}` } }],
    ['differs-from-chain chain.winner', { job: { ...job, took: [1, 2] } }],
    ['wrong-admission admitted[2] (provider 3)', { commitments: [] }],
    ['differs-from-chain chain.price', { job: { ...job, rules: { ...job.rules, reserve: 60n } } }],
    ['wrong-openings openings', { timelock: { open: () => new Uint8Array(32) } }],
  ]
  for (const [flaw, changed] of cases) assert.is(await flawOf(bundle, changed), flaw, flaw)
})

test('decoding refuses everything that is not exactly one bundle', () => {
  const dice = createDice(SEED)
  for (let i = 0; i < 300; i++) {
    const noise = dice.bytes(dice.roll(200))
    try {
      decodeBundle(noise)
      assert.unreachable(`noise ${i}`)
    } catch (error) {
      assert.ok(error instanceof Fault, `noise ${i}: ${String(error)}`)
      assert.is(codeOf(error), 'bad-bundle', `noise ${i}`)
    }
  }
})

test.run()
