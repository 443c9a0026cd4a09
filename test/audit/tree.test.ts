import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Leaf } from '../../src/core/types.ts'
import { LEAF_TYPES, answersRoot, leafProof, leafValues, summaryRoot } from '../../src/audit/tree.ts'
import { contractVectors } from '../support/contract-vectors.ts'

const test = suite('audit: summary tree')

const leaves: fc.Arbitrary<Leaf[]> = fc
  .array(
    fc.record({
      id: fc.nat(0xffff_ffff),
      uptimeBps: fc.nat(0xffff),
      latencyMs: fc.nat(0xffff_ffff),
      observers: fc.nat(0xffff),
      blockNumber: fc.maxSafeNat(),
      periodsObserved: fc.maxSafeNat(),
      uptimeSum: fc.maxSafeNat(),
      diligenceSum: fc.maxSafeNat(),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((list) => list.map((leaf, slot) => ({ ...leaf, slot })))

test('root and proofs are those of StandardMerkleTree', () => {
  fc.assert(
    fc.property(leaves, (list) => {
      const standard = StandardMerkleTree.of(
        list.map((leaf) => [...leafValues(leaf)]),
        [...LEAF_TYPES],
      )
      assert.is(summaryRoot(list), standard.root)
      for (const { slot } of list) assert.equal(leafProof(list, slot), standard.getProof(slot), `slot ${slot}`)
    }),
    { numRuns: 30 },
  )
})

test('the contracts prove the same leaf', () => {
  const list = Array.from({ length: 5 }, (_, i) => ({
    id: i + 1,
    slot: i,
    uptimeBps: 9_900 + i,
    latencyMs: 40 * i,
    observers: 4,
    blockNumber: 21_000_000 + i,
    periodsObserved: 12,
    uptimeSum: 118_800 + i,
    diligenceSum: 9 * i,
  }))
  const { root, proof } = contractVectors.tree
  assert.is(summaryRoot(list), root)
  assert.equal(leafProof(list, 3), proof)
})

test('no answers, no root', () => {
  assert.equal(answersRoot([]), new Uint8Array(32))
  assert.is(answersRoot([`0x${'11'.repeat(32)}`]).length, 32)
})

test.run()
