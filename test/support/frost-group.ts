// Threshold groups for tests, dealt by one hand from a seed: real keys and real signatures of noble's FROST, the same ones
// every time. A real network makes its keys so that nobody ever has the whole secret.
import { secp256k1_FROST } from '@noble/curves/secp256k1.js'
import type { DealerShares } from '@noble/curves/abstract/frost.js'
import { concatBytes, keccak256, utf8ToBytes, word } from '../../src/core/bytes.ts'

export interface FrostGroup extends DealerShares {
  /** 33 bytes. */
  readonly key: Uint8Array
}

/** Bytes that follow from a seed: the next `length` of them at each call. */
const chanceFrom = (seed: string): ((length?: number) => Uint8Array) => {
  let drawn = 0
  return (length = 32) => {
    const words = Array.from({ length: Math.ceil(length / 32) }, () => keccak256(utf8ToBytes(seed), word(drawn++)))
    return concatBytes(...words).slice(0, length)
  }
}

export function groupFrom(signers: { readonly min: number; readonly max: number }, seed: string): FrostGroup {
  const shares = secp256k1_FROST.trustedDealer(signers, undefined, undefined, chanceFrom(seed))
  const [key] = shares.public.commitments
  if (!key) throw new Error('bug: a group without a key')
  return { ...shares, key }
}

export interface Signing {
  /** Numbers from 1; undefined: the first t. */
  readonly signers?: readonly number[]
  readonly seed?: string
}

/** 65 bytes. Nonces follow from the seed and the message. */
export function signWith(group: FrostGroup, message: Uint8Array, { signers, seed = 'test' }: Signing = {}): Uint8Array {
  const { min } = group.public.signers
  const numbers = signers ?? Array.from({ length: min }, (_, i) => i + 1)
  const members = numbers.map((number) => {
    const secret = group.secretShares[secp256k1_FROST.Identifier.fromNumber(number)]
    if (!secret) throw new Error(`bug: the group has no member ${number}`)
    const chance = chanceFrom([seed, number, ...message].join())
    return { secret, ...secp256k1_FROST.commit(secret, chance) }
  })
  const commitments = members.map((member) => member.commitments)
  const parts = members.map(
    ({ secret, nonces }) =>
      [secret.identifier, secp256k1_FROST.signShare(secret, group.public, nonces, commitments, message)] as const,
  )
  return secp256k1_FROST.aggregate(group.public, commitments, message, Object.fromEntries(parts))
}
