// Leaves of a summary as bytes: 48 per leaf, fields in the order of the contract's struct, big-endian.

import type { Leaf } from '../core/types.ts'

const LEAF_BYTES = 48

/** Integers of the leaf's own widths; whoever built the leaf has checked them (a wider one would be cut by the EVM too). */
export function encodeLeaves(leaves: readonly Leaf[]): Uint8Array {
  const bytes = new Uint8Array(leaves.length * LEAF_BYTES)
  const view = new DataView(bytes.buffer)
  leaves.forEach((leaf, index) => {
    const at = index * LEAF_BYTES
    view.setUint32(at, leaf.id)
    view.setUint32(at + 4, leaf.slot)
    view.setUint16(at + 8, leaf.uptimeBps)
    view.setUint32(at + 10, leaf.latencyMs)
    view.setUint16(at + 14, leaf.observers)
    view.setBigUint64(at + 16, BigInt(leaf.blockNumber))
    view.setBigUint64(at + 24, BigInt(leaf.periodsObserved))
    view.setBigUint64(at + 32, BigInt(leaf.uptimeSum))
    view.setBigUint64(at + 40, BigInt(leaf.diligenceSum))
  })
  return bytes
}

/** Undefined when the bytes are no list of leaves. */
export function decodeLeaves(bytes: Uint8Array): readonly Leaf[] | undefined {
  if (bytes.length % LEAF_BYTES !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wide = (at: number): number => Number(view.getBigUint64(at))
  return Array.from({ length: bytes.length / LEAF_BYTES }, (_, index) => {
    const at = index * LEAF_BYTES
    return {
      id: view.getUint32(at),
      slot: view.getUint32(at + 4),
      uptimeBps: view.getUint16(at + 8),
      latencyMs: view.getUint32(at + 10),
      observers: view.getUint16(at + 14),
      blockNumber: wide(at + 16),
      periodsObserved: wide(at + 24),
      uptimeSum: wide(at + 32),
      diligenceSum: wide(at + 40),
    }
  })
}
