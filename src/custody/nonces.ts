// Nonce commitments of one signing round: each is signed by its holder for one digest and one coordinator, so that a
// coordinator can make up nobody else's, and every signer sees when it tried. Pure.

import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { NonceCommitments } from '@noble/curves/abstract/frost.js'
import { keccak256 } from '../core/bytes.ts'
import { NonceCommitmentType } from '../core/custody-wire.ts'
import type { NonceCommitment } from '../core/custody-wire.ts'
import { reject } from '../core/errors.ts'
import { decode } from '../core/records.ts'
import { identifierOf, isSignedBy, statement } from './group.ts'
import type { Group, HolderSign } from './group.ts'

/** What a signature is asked for, and by whom. */
export interface Asked {
  readonly coordinator: number
  /** 32 bytes. */
  readonly digest: Uint8Array
}

type Points = Omit<NonceCommitment, 'signature'>

const said = (group: Group, { coordinator, digest }: Asked, { holder, hiding, binding }: Points): Uint8Array =>
  statement('nonces', group, digest, Uint8Array.of(coordinator, holder), hiding, binding)

export const signCommitment = (group: Group, asked: Asked, points: Points, sign: HolderSign): NonceCommitment => ({
  ...points,
  signature: sign(said(group, asked, points)),
})

/** Is it its holder's, for this digest and coordinator? */
export const isCommitted = (group: Group, asked: Asked, commitment: NonceCommitment): boolean =>
  isSignedBy(group, commitment.holder, said(group, asked, commitment), commitment.signature)

/** Name of a nonce pair, 32 bytes: what is written down when it is spent. */
export const nonceName = ({ hiding, binding }: Pick<NonceCommitment, 'hiding' | 'binding'>): Uint8Array =>
  keccak256(hiding, binding)

function isPoint(bytes: Uint8Array): boolean {
  try {
    return !secp256k1.Point.fromBytes(bytes).is0()
  } catch {
    return false
  }
}

/** What `holder` answered a coordinator. Fault `custody-commitment`. */
export function checkCommitment(group: Group, asked: Asked, holder: number, bytes: Uint8Array): NonceCommitment {
  const commitment = decode(NonceCommitmentType, bytes, 'commitment')
  if (commitment.holder !== holder || !isCommitted(group, asked, commitment))
    throw reject('custody-commitment', `holder ${holder} sent a commitment that it did not sign for this`, { holder })
  if (!isPoint(commitment.hiding) || !isPoint(commitment.binding))
    throw reject('custody-commitment', `holder ${holder} committed to what is no point of the curve`, { holder })
  return commitment
}

/** As the library takes them. */
export const asList = (group: Group, commitments: readonly NonceCommitment[]): NonceCommitments[] =>
  commitments.map(({ holder, hiding, binding }) => ({
    identifier: identifierOf(group, holder),
    hiding: Uint8Array.from(hiding),
    binding: Uint8Array.from(binding),
  }))
