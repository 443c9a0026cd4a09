// What the two threshold groups of a custody sign: a move of delegated tokens, the possession of a key. EIP-712 digests of
// the Custody contract, and whether a group signed one: noble's FROST(secp256k1, SHA-256) of RFC 9591, a signature of
// 65 bytes (R compressed, z) under a key of 33. Holds no key and no share.

import { secp256k1_FROST } from '@noble/curves/secp256k1.js'
import { fromHex, keccak256, utf8ToBytes, word, wordOf } from './bytes.ts'
import type { Hex } from './types.ts'

export const GROUP_KEY_BYTES = 33
export const GROUP_SIGNATURE_BYTES = 65
/** The system's number where providers have theirs (`ICustody`). */
export const SYSTEM_GROUP = 0

/** `ICustody.Move`. */
export interface Move {
  readonly delegation: bigint
  readonly provider: number
  /** The ERC-20; zero for ETH. */
  readonly token: Hex
  readonly to: Hex
  /** Base units, or wei. */
  readonly amount: bigint
  /** Moves of the delegation before it. */
  readonly nonce: number
  readonly providerEpoch: number
  readonly systemEpoch: number
  /** Unix seconds: the last in which it may be sent. */
  readonly deadline: number
}

const MOVE_TYPE =
  'Move(uint64 delegation,uint32 provider,address token,address to,uint256 amount,uint32 nonce,' +
  'uint32 providerEpoch,uint32 systemEpoch,uint40 deadline)'
const POSSESSION_TYPE = 'Possession(uint32 group,uint32 epoch)'

const typed = (separator: Hex, type: string, ...words: readonly Uint8Array[]): Uint8Array => {
  const struct = keccak256(keccak256(utf8ToBytes(type)), ...words)
  return keccak256(new Uint8Array([0x19, 0x01]), fromHex(separator, 32), struct)
}

/** What both groups sign. `separator`: the contract's EIP-712 domain, 32 bytes; result 32 bytes. */
export const moveDigest = (separator: Hex, move: Move): Uint8Array =>
  typed(
    separator,
    MOVE_TYPE,
    word(move.delegation),
    word(move.provider),
    wordOf(move.token),
    wordOf(move.to),
    word(move.amount),
    word(move.nonce),
    word(move.providerEpoch),
    word(move.systemEpoch),
    word(move.deadline),
  )

/** What a group signs to show that enough of it can: its number (0 for the system) and the epoch its key will have. */
export const possessionDigest = (separator: Hex, group: number, epoch: number): Uint8Array =>
  typed(separator, POSSESSION_TYPE, word(group), word(epoch))

/** Whether the group of `key` (33 bytes) signed `digest`; false for bytes that are no key or no signature. */
export function isGroupSigned(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== GROUP_KEY_BYTES || signature.length !== GROUP_SIGNATURE_BYTES) return false
  try {
    return secp256k1_FROST.verify(signature, digest, key)
  } catch {
    // A point that is not on the curve, or a scalar out of range.
    return false
  }
}
