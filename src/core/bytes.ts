// Bytes, hex and the ABI words that hashes are made of. keccak256 is the hash of everything the contracts recompute
// (docs/protocol.md, Hashes). Numbers become 32-byte big-endian words, as abi.encode does for static types.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { reject } from './errors.ts'
import type { Hex } from './types.ts'

export { concatBytes, utf8ToBytes }

export const ZERO_32 = new Uint8Array(32)

export const toHex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`

/** Bytes of a 0x-prefixed hex string; Fault `bad-hex` otherwise. */
export function fromHex(hex: string, length?: number): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) throw reject('bad-hex', 'expected 0x and an even number of hex digits')
  const bytes = hexToBytes(hex.slice(2))
  if (length !== undefined && bytes.length !== length)
    throw reject('bad-hex', `expected ${length} bytes, got ${bytes.length}`)
  return bytes
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export const keccak256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  keccak_256(parts.length === 1 && parts[0] ? parts[0] : concatBytes(...parts))

/** 32-byte big-endian word of a non-negative integer. */
export function word(value: number | bigint): Uint8Array {
  return fromHex(`0x${BigInt(value).toString(16).padStart(64, '0')}`, 32)
}

/** 32-byte word of an address (left-padded) or of 32 bytes (as they are). */
export function wordOf(hex: Hex): Uint8Array {
  const bytes = fromHex(hex)
  if (bytes.length > 32) throw reject('bad-hex', `a word has 32 bytes, got ${bytes.length}`)
  const out = new Uint8Array(32)
  out.set(bytes, 32 - bytes.length)
  return out
}

/** keccak256(abi.encode(keccak256(tag), ...words)): how every seed and digest outside EIP-712 is separated. */
export const taggedHash = (tag: string, ...words: readonly Uint8Array[]): Uint8Array =>
  keccak256(keccak256(utf8ToBytes(tag)), ...words)

/** First eight bytes, big-endian, as a bigint: how hashes become draws. */
export function leadingUint64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0)
}
