// The summary tree: one leaf per slot, the layout of OpenZeppelin's StandardMerkleTree with the types of LEAF_TYPES
// (docs/protocol.md, leaf). Leaves are encoded here, fixed width, and hashed twice; the tree over the hashes is the
// library's. Its root is what the ledger stores, and the proofs are what `proveLeaf` takes.

import { SimpleMerkleTree } from '@openzeppelin/merkle-tree'
import { fromHex, keccak256, toHex } from '../core/bytes.ts'
import type { Hex, Leaf } from '../core/types.ts'

/** ABI types of a leaf, in order: what StandardMerkleTree and the contract are given. */
export const LEAF_TYPES = [
  'uint32',
  'uint32',
  'uint16',
  'uint32',
  'uint16',
  'uint64',
  'uint64',
  'uint64',
  'uint64',
] as const

export const leafValues = (leaf: Leaf): readonly number[] => [
  leaf.id,
  leaf.slot,
  leaf.uptimeBps,
  leaf.latencyMs,
  leaf.observers,
  leaf.blockNumber,
  leaf.periodsObserved,
  leaf.uptimeSum,
  leaf.diligenceSum,
]

const WORD_BYTES = 32

/** keccak256(keccak256(abi.encode(leaf))): twice, so that no inner node can pass for a leaf. */
export function leafHash(leaf: Leaf): Hex {
  const encoded = new Uint8Array(LEAF_TYPES.length * WORD_BYTES)
  const view = new DataView(encoded.buffer)
  leafValues(leaf).forEach((value, i) => view.setBigUint64(i * WORD_BYTES + 24, BigInt(value)))
  return toHex(keccak256(keccak256(encoded)))
}

const asHex = (value: string): Hex => toHex(fromHex(value, 32))

/** Root over all leaves of a period; there is at least one. */
export const summaryRoot = (leaves: readonly Leaf[]): Hex => asHex(SimpleMerkleTree.of(leaves.map(leafHash)).root)

/** Siblings from the leaf of `slot` up to the root. */
export function leafProof(leaves: readonly Leaf[], slot: number): readonly Hex[] {
  const index = leaves.findIndex((leaf) => leaf.slot === slot)
  return SimpleMerkleTree.of(leaves.map(leafHash)).getProof(index).map(asHex)
}

/** Root over the names of the answers an auditor keeps for one target; zero when there are none. */
export const answersRoot = (names: readonly Hex[]): Uint8Array =>
  names.length === 0 ? new Uint8Array(WORD_BYTES) : fromHex(SimpleMerkleTree.of([...names]).root, 32)
