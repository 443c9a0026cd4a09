// The evidence of a period and its verification: a whole bundle passes; with any single byte changed it fails and says where.
// time limit: 120 s

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { NO_BASE } from '../../src/core/records.ts'
import type { Leaf, PostedPeriod } from '../../src/core/types.ts'
import { SECTIONS, decodeBundle, encodeBundle } from '../../src/audit/bundle.ts'
import type { Bundle } from '../../src/audit/bundle.ts'
import { sealOf } from '../../src/audit/checks.ts'
import { claimOf, derive } from '../../src/audit/result.ts'
import { summaryRoot } from '../../src/audit/tree.ts'
import { verifyPeriod } from '../../src/audit/verify.ts'
import type { VerifyFacts } from '../../src/audit/verify.ts'
import { testNetwork, testPeriod } from '../support/audit.ts'
import { memoBls, memoVerifier } from '../support/sim-crypto.ts'

const test = suite('audit: bundle')
const SIZE = 4
const PERIOD = 3
const { context, roster, statement, reveal, seal, sign } = testPeriod(SIZE, PERIOD)
const all = [0, 1, 2, 3]

const baseLeaves: Leaf[] = all.map((slot) => ({
  id: slot + 1,
  slot,
  uptimeBps: 10_000,
  latencyMs: 40,
  observers: 3,
  blockNumber: 900,
  periodsObserved: 2,
  uptimeSum: 20_000,
  diligenceSum: 20_000,
}))
const base = { period: 1, root: summaryRoot(baseLeaves) }

function bundleOf(change: Partial<Bundle> = {}): { bundle: Bundle; posted: PostedPeriod[] } {
  const inputs = {
    sealStatements: all.map((slot) => statement(slot, 0, all)),
    revealStatements: all.map((slot) => statement(slot, 1, all)),
    reveals: all.map((slot) => reveal(slot)),
  }
  const { leaves, root, contentId } = derive(context, { ...inputs, excluded: [] }, baseLeaves)
  const header = { period: PERIOD, epoch: 0, ...claimOf({ base, root, contentId }), excluded: [] }
  const seals = inputs.reveals.map((one) => sealOf(testNetwork.separator, one))
  const bundle = { header, ...inputs, seals, leaves, baseLeaves, ...change }
  return {
    bundle,
    posted: [
      { ...base, contentId: '0x00' },
      { period: PERIOD, root, contentId },
    ],
  }
}

const { bundle, posted } = bundleOf()
const facts: VerifyFacts = {
  network: testNetwork,
  period: PERIOD,
  roster,
  beacon: context.beacon,
  posted: async (period) => posted.find((one) => one.period === period),
  verifier: memoVerifier(),
  bls: memoBls(),
}
const bytes = encodeBundle(bundle)

test('a whole bundle passes and shows its leaves', async () => {
  const verification = await verifyPeriod(bytes, facts)
  assert.ok(verification.ok, JSON.stringify(verification))
  assert.equal(verification.leaves, bundle.leaves)
})

test('one encoding: what decodes encodes to the same bytes', () => {
  assert.is(toHex(encodeBundle(decodeBundle(bytes))), toHex(bytes))
})

test('any single changed byte fails and names the record or field', async () => {
  const place = new RegExp(`^(the frame after )?(${SECTIONS.join('|')})`)
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    const verification = await verifyPeriod(changed, facts)
    assert.not(verification.ok, `byte ${at} was changed and it passed`)
    if (!verification.ok) assert.match(verification.where, place, `byte ${at}: ${verification.code}`)
  }
})

test('a changed byte inside a record names that record', async () => {
  for (const section of ['sealStatements', 'revealStatements', 'reveals'] as const)
    for (const i of all) {
      const records = bundle[section].map((record, j) => {
        const body = record.body.slice()
        if (i === j) body[0] = (body[0] ?? 0) ^ 1
        return { ...record, body }
      })
      const verification = await verifyPeriod(encodeBundle({ ...bundle, [section]: records }), facts)
      assert.not(verification.ok)
      if (!verification.ok) assert.is(verification.where, `${section}[${i}] (sidecar ${i + 1})`, verification.code)
    }
})

test('what does not belong to the period, and what is missing', async () => {
  const [first, ...rest] = bundle.reveals
  const [leaf, ...otherLeaves] = bundle.leaves
  assert.ok(first && leaf)
  const cases: readonly [string, string, Partial<Bundle>][] = [
    ['reveal-missing', 'reveals[3]', { reveals: bundle.reveals.slice(0, 3), seals: bundle.seals.slice(0, 3) }],
    ['not-the-admitted-reveal', 'reveals[0]', { reveals: rest, seals: bundle.seals.slice(1) }],
    ['seal-missing', 'seals[3] (sidecar 4)', { seals: bundle.seals.slice(0, 3) }],
    ['not-the-opened-seal', 'seals[0] (sidecar 2)', { seals: [seal(1), seal(1), seal(2), seal(3)] }],
    ['too-few-statements', 'sealStatements', { sealStatements: bundle.sealStatements.slice(0, 2) }],
    [
      'not-in-seat-order',
      'sealStatements[1]',
      { sealStatements: [...bundle.sealStatements].map((_, i, list) => list[i === 1 ? 0 : i] ?? first) },
    ],
    ['not-such-a-statement', 'revealStatements[0]', { revealStatements: bundle.sealStatements }],
    ['leaf-differs', 'leaves[0].uptimeBps', { leaves: [{ ...leaf, uptimeBps: 1 }, ...otherLeaves] }],
    ['leaf-missing', 'leaves[3]', { leaves: bundle.leaves.slice(0, 3) }],
    ['leaf-too-many', 'leaves[4]', { leaves: [...bundle.leaves, leaf] }],
    ['not-the-base', 'baseLeaves', { baseLeaves: [] }],
    ['differs-from-chain', 'header.baseRoot', { header: { ...bundle.header, basePeriod: NO_BASE } }],
    ['differs-from-chain', 'header.basePeriod', { header: { ...bundle.header, basePeriod: 2 } }],
    ['differs-from-chain', 'header.root', { header: { ...bundle.header, root: bundle.header.baseRoot } }],
    ['bad-exclusions', 'excluded', { header: { ...bundle.header, excluded: [9] } }],
  ]
  for (const [code, where, change] of cases)
    assert.equal(await verifyPeriod(encodeBundle({ ...bundle, ...change }), facts), { ok: false, code, where }, code)
})

test('a false result fails even if chain and bundle agree on it', async () => {
  const forged = bundleOf()
  const reveals = all.map((slot) => (slot === 2 ? reveal(2, (entry) => ({ ...entry, up: 0 })) : reveal(slot)))
  const seals = reveals.map((one) => sealOf(testNetwork.separator, one))
  const verification = await verifyPeriod(encodeBundle({ ...forged.bundle, reveals, seals }), facts)
  assert.equal(verification.ok, false)
})

test('not posted, and a record by a stranger', async () => {
  const nothing = await verifyPeriod(bytes, { ...facts, posted: async () => undefined })
  assert.equal(nothing, { ok: false, code: 'not-posted', where: `period ${PERIOD}` })
  const stranger = { ...sign(0, 3, 0, bundle.sealStatements[0]?.body ?? new Uint8Array()), author: 77 }
  const sealStatements = [stranger, ...bundle.sealStatements.slice(1)]
  assert.equal(await verifyPeriod(encodeBundle({ ...bundle, sealStatements }), facts), {
    ok: false,
    code: 'unknown-author',
    where: 'sealStatements[0] (sidecar 77)',
  })
})

test('random and mutated bytes: a coded refusal, never a crash', () => {
  const refused = (input: Uint8Array): void => {
    try {
      decodeBundle(input)
    } catch (error) {
      assert.ok(error instanceof Fault, String(error))
      assert.is(error.code, 'bad-bundle')
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), refused))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, cut) => {
      const mutated = bytes.slice(0, Math.max(1, cut))
      mutated[at % mutated.length] = value
      refused(mutated)
    }),
  )
})

test.run()
