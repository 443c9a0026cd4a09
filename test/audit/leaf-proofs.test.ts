// Results of audits as a contract takes them: the newest that shows enough, from our own disk or from anybody, never one that
// is not on chain.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProofs } from '../../src/audit/leaf-proofs.ts'
import { LEAF_TYPES, leafValues, summaryRoot } from '../../src/audit/tree.ts'
import type { Hex, Leaf, ProvenLeaf } from '../../src/core/types.ts'
import { UNOBSERVED } from '../../src/core/types.ts'

const test = suite('audit/leaf-proofs')
const never = new AbortController().signal
const SIZE = 5

/** A period's leaves: all up, but sidecar 2 as told. */
const leavesAt = (period: number, uptimeBps: number): readonly Leaf[] =>
  Array.from({ length: SIZE }, (_, slot) => ({
    ...{
      id: slot + 1,
      slot,
      uptimeBps: slot === 1 ? uptimeBps : 10_000,
      latencyMs: 1,
      observers: 4,
      blockNumber: period,
    },
    ...{ periodsObserved: period + 1, uptimeSum: (period + 1) * 9_000, diligenceSum: 0 },
  }))

/** A chain with these results of sidecar 2, by period; `kept` of them are on our disk, the rest with a peer. */
function setUp(uptimes: ReadonlyMap<number, number>, kept: readonly number[] = [], lies = false) {
  const results = new Map([...uptimes].map(([period, bps]) => [period, leavesAt(period, bps)]))
  const asked: number[] = []
  const stored: number[] = []
  const postedOf = (period: number) => {
    const leaves = results.get(period)
    return leaves && { period, root: summaryRoot(leaves), contentId: '0x00' as Hex }
  }
  const newest = Math.max(-1, ...results.keys())
  const proofs = createProofs({
    ledger: { lastPosted: async () => postedOf(newest), posted: async (period) => postedOf(period) },
    evidence: {
      summary: async (period) => (kept.includes(period) ? results.get(period) : undefined),
      putSummary: async (period) => void stored.push(period),
    },
    peers: {
      summary: async (period) => {
        asked.push(period)
        return lies ? leavesAt(period, 10_000) : results.get(period)
      },
    },
  })
  return { proofs, asked, stored, rootOf: (period: number) => postedOf(period)?.root }
}

const holds = ({ leaf, proof }: ProvenLeaf, root: Hex | undefined): boolean =>
  root !== undefined && StandardMerkleTree.verify(root, [...LEAF_TYPES], [...leafValues(leaf)], [...proof])

test('the newest result that shows enough, with a proof that holds', async () => {
  const { proofs, asked, rootOf } = setUp(
    new Map([
      [3, 9_500],
      [4, 9_000],
      [5, 8_999],
      [6, UNOBSERVED],
    ]),
    [3, 4, 5, 6],
  )
  const found = await proofs.upAfter(2, 2, 9_000, never)
  assert.ok(found)
  assert.equal([found.period, found.leaf.uptimeBps], [4, 9_000])
  assert.ok(holds(found, rootOf(4)))
  assert.equal(asked, [], 'all of it was on our disk')
})

test('only what is newer than asked for, of this sidecar, and good enough', async () => {
  const { proofs } = setUp(new Map([[3, 9_500]]), [3])
  assert.is(await proofs.upAfter(2, 3, 9_000, never), undefined, 'not newer')
  assert.is(await proofs.upAfter(2, 2, 9_501, never), undefined, 'not up enough')
  assert.is(await proofs.upAfter(9, 2, 0, never), undefined, 'no such sidecar')
  assert.is(await setUp(new Map()).proofs.upAfter(2, 0, 0, never), undefined, 'nothing was ever posted')
})

test('a period that was never posted is passed over; leaves come from peers, are checked, and kept', async () => {
  const { proofs, asked, stored, rootOf } = setUp(
    new Map([
      [3, 9_500],
      [6, 10],
    ]),
  )
  const found = await proofs.upAfter(2, 1, 9_000, never)
  assert.ok(found && holds(found, rootOf(3)))
  assert.equal(
    [asked, stored],
    [
      [6, 3],
      [6, 3],
    ],
  )
})

test('leaves that do not make the root on chain are no result', async () => {
  const { proofs, stored } = setUp(new Map([[3, 10]]), [], true)
  assert.is(await proofs.upAfter(2, 1, 9_000, never), undefined)
  assert.equal(stored, [])
})

test('the result of one period, whatever it shows', async () => {
  const { proofs, rootOf } = setUp(new Map([[3, UNOBSERVED]]), [3])
  const found = await proofs.of(2, 3, never)
  assert.ok(found && holds(found, rootOf(3)))
  assert.is(found.leaf.uptimeBps, UNOBSERVED)
  assert.is(await proofs.of(2, 4, never), undefined, 'never posted')
  assert.is(await proofs.of(9, 3, never), undefined, 'no such sidecar')
})

test('a bounded number of results is looked at, and none after a stop', async () => {
  const many = new Map(Array.from({ length: 40 }, (_, period) => [period, period === 0 ? 10_000 : 10] as const))
  const { proofs, asked } = setUp(many)
  assert.is(await proofs.upAfter(2, -1, 9_000, never), undefined)
  assert.is(asked.length, 8)
  const stopped = new AbortController()
  stopped.abort()
  const other = setUp(many)
  assert.is(await other.proofs.upAfter(2, -1, 9_000, stopped.signal), undefined)
  assert.equal(other.asked, [])
})

test.run()
