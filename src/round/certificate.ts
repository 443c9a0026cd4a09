// Certificates: one digest, at least q BLS signatures added up, and the seats that are missing. The chain verifies the same
// thing (`Committee.verify`). Shares are checked together first and one by one only when the sum is wrong: one pairing
// instead of q in the honest case, and a member that sends rubbish costs the others nothing but that.

import { keccak256, utf8ToBytes, word } from '../core/bytes.ts'
import type { Bls } from '../core/ports.ts'
import type { Certificate } from '../core/types.ts'
import type { Committee } from './committee.ts'

const CERTIFICATE_TYPEHASH = keccak256(utf8ToBytes('Certificate(uint8 kind,uint64 unit,uint64 epoch,bytes32 content)'))

export type Certified = Pick<Certificate, 'kind' | 'unit' | 'epoch' | 'content'>

/** EIP-712 digest that members sign with BLS. */
export function certificateDigest(separator: Uint8Array, { kind, unit, epoch, content }: Certified): Uint8Array {
  const structHash = keccak256(CERTIFICATE_TYPEHASH, word(kind), word(unit), word(epoch), content)
  return keccak256(new Uint8Array([0x19, 0x01]), separator, structHash)
}

/** BLS shares by seat. */
export type Shares = ReadonlyMap<number, Uint8Array>

export interface Aggregate {
  readonly absentees: readonly number[]
  readonly signature: Uint8Array
}

const keysOf = (committee: Committee, seats: readonly number[]): Uint8Array[] =>
  seats.flatMap((seat) => committee.seats[seat]?.blsKey ?? [])

function sum(bls: Bls, committee: Committee, digest: Uint8Array, shares: Shares): Aggregate | undefined {
  const seats = [...shares.keys()].sort((a, b) => a - b)
  if (seats.length < committee.quorum) return undefined
  try {
    const signature = bls.aggregateSignatures(seats.flatMap((seat) => shares.get(seat) ?? []))
    if (!bls.verifyAggregate(keysOf(committee, seats), digest, signature)) return undefined
    const absentees = [...committee.seats.keys()].filter((seat) => !shares.has(seat))
    return { absentees, signature }
  } catch {
    return undefined // a share that is not even a point
  }
}

/** Seats whose share is not their signature over `digest`. */
export const badShares = (bls: Bls, committee: Committee, digest: Uint8Array, shares: Shares): readonly number[] =>
  [...shares].flatMap(([seat, share]) => {
    const key = committee.seats[seat]?.blsKey
    return key && bls.verify(key, digest, share) ? [] : [seat]
  })

/** The aggregate of all good shares, when they are at least q; the seats of the bad ones besides. */
export function aggregate(
  bls: Bls,
  committee: Committee,
  digest: Uint8Array,
  shares: Shares,
): { readonly aggregate: Aggregate | undefined; readonly bad: readonly number[] } {
  if (shares.size < committee.quorum) return { aggregate: undefined, bad: [] }
  const together = sum(bls, committee, digest, shares)
  if (together) return { aggregate: together, bad: [] }
  const bad = badShares(bls, committee, digest, shares)
  const good = new Map([...shares].filter(([seat]) => !bad.includes(seat)))
  return { aggregate: sum(bls, committee, digest, good), bad }
}

/** What is wrong with a certificate; undefined when it is valid. */
export function certificateFlaw(
  bls: Bls,
  committee: Committee,
  separator: Uint8Array,
  certificate: Certificate,
): 'wrong-epoch' | 'bad-absentees' | 'too-few-signers' | 'bad-certificate' | undefined {
  const { epoch, absentees, signature } = certificate
  if (epoch !== committee.epoch) return 'wrong-epoch'
  // Strictly increasing: otherwise one key could be left out twice and another's absence hidden.
  const ordered = absentees.every((seat, i) => seat < committee.seats.length && seat > (absentees[i - 1] ?? -1))
  if (!ordered) return 'bad-absentees'
  if (committee.seats.length - absentees.length < committee.quorum) return 'too-few-signers'
  const missing = new Set(absentees)
  const signers = [...committee.seats.keys()].filter((seat) => !missing.has(seat))
  const digest = certificateDigest(separator, certificate)
  return bls.verifyAggregate(keysOf(committee, signers), digest, signature) ? undefined : 'bad-certificate'
}
