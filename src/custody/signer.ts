// One holder's part in a signature: it commits to a pair of nonces, and later signs with it once. Promises that it signs
// only digests its operator approved, looked up anew each time; that a nonce pair lives in memory alone, serves one digest
// and one coordinator, and is written down as spent before the share it makes leaves; and that a coordinator that lies is
// named. It checks the digest against nothing: what a digest means is the operator's to know.

import { secp256k1, secp256k1_FROST as FROST } from '@noble/curves/secp256k1.js'
import type { Nonces } from '@noble/curves/abstract/frost.js'
import { equalBytes, toHex } from '../core/bytes.ts'
import { NonceCommitmentType, SigningPackageType } from '../core/custody-wire.ts'
import type { NonceCommitment } from '../core/custody-wire.ts'
import { Fault, reject } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import { decode } from '../core/records.ts'
import { identifierOf, publicOf, rngOf } from './group.ts'
import type { HolderSign, KeyedGroup, OwnShare } from './group.ts'
import { asList, isCommitted, nonceName, signCommitment } from './nonces.ts'
import type { Asked } from './nonces.ts'

/** Pairs one coordinator may have open here: one is used, the others are of rounds that failed. */
export const OPEN_MAX = 4

export interface SignerDeps {
  readonly random: RandomBytes
  readonly sign: HolderSign
  isApproved(digest: Uint8Array): boolean
  /** Durable when it returns. Throws when this pair was written down before, or cannot be. */
  spend(nonce: Uint8Array, asked: Asked): void
}

export interface Signer {
  /** A new pair's commitment, encoded. Fault `custody-not-approved`. */
  commit(asked: Asked): Uint8Array
  /**
   * A share of the signature, 32 bytes. Faults: `custody-not-approved`; `custody-coordinator`, which names it;
   * `custody-nonce-unknown`; what `spend` throws.
   */
  sign(asked: Asked, chosen: Uint8Array): Uint8Array
  /** Nonce pairs in memory. */
  open(): number
}

interface Pair {
  readonly nonces: Nonces
  readonly coordinator: number
}

interface Chosen {
  readonly chosen: readonly NonceCommitment[]
  readonly pair: Pair
  readonly name: Uint8Array
}

export function createSigner(group: KeyedGroup, own: OwnShare, deps: SignerDeps): Signer {
  const secret = { identifier: identifierOf(group, own.holder), signingShare: Uint8Array.from(own.share) }
  const shared = publicOf(group)
  const pairs = new Map<string, Pair>()

  function checkApproved({ digest }: Asked): void {
    if (!deps.isApproved(digest))
      throw new Fault('custody-not-approved', `holder ${own.holder} has not approved ${toHex(digest)}`, {
        data: { holder: own.holder },
      })
  }

  function forgetOldest(coordinator: number): void {
    const open = [...pairs].filter(([, pair]) => pair.coordinator === coordinator)
    for (const [name] of open.slice(0, Math.max(0, open.length - OPEN_MAX))) pairs.delete(name)
  }

  /** The commitments chosen, and the open pair behind ours. Faults: `custody-coordinator`, `custody-nonce-unknown`. */
  function checkChosen(asked: Asked, bytes: Uint8Array): Chosen {
    const lie = (why: string): Fault => {
      const message = `holder ${asked.coordinator}, who collects the signature, ${why}`
      return reject('custody-coordinator', message, { holder: asked.coordinator })
    }
    let chosen: NonceCommitment[]
    try {
      chosen = decode(SigningPackageType, bytes, 'signing package')
    } catch {
      throw lie('sent what is no list of commitments')
    }
    if (chosen.length < group.threshold) throw lie(`chose ${chosen.length} signers, fewer than ${group.threshold}`)
    if (chosen.some(({ holder }, at) => at > 0 && holder <= (chosen[at - 1]?.holder ?? -1)))
      throw lie('did not choose each signer once and in order')
    const mine = chosen.find(({ holder }) => holder === own.holder)
    if (!mine) throw lie('asks a holder whom it did not choose')
    // Signatures cost the most, so they are looked at only for a pair that is open, of which there are few.
    const pair = pairs.get(toHex(nonceName(mine)))
    // Used, or of a process that is no more.
    if (!pair) throw new Fault('custody-nonce-unknown', 'this commitment was used, or made before a restart: ask anew')
    if (!chosen.every((commitment) => isCommitted(group, asked, commitment)))
      throw lie('shows a commitment that its holder did not sign for this digest')
    return { chosen, pair, name: nonceName(mine) }
  }

  return {
    commit(asked) {
      checkApproved(asked)
      const { nonces, commitments } = FROST.commit(secret, rngOf(deps.random))
      const { hiding, binding } = commitments
      pairs.set(toHex(nonceName(commitments)), { nonces, coordinator: asked.coordinator })
      forgetOldest(asked.coordinator)
      const points = { holder: own.holder, hiding, binding }
      return NonceCommitmentType.serialize(signCommitment(group, asked, points, deps.sign))
    },

    sign(asked, bytes) {
      checkApproved(asked)
      const { chosen, pair, name } = checkChosen(asked, bytes)
      pairs.delete(toHex(name))
      deps.spend(name, asked)
      try {
        return FROST.signShare(secret, shared, pair.nonces, asList(group, chosen), asked.digest)
      } catch (cause) {
        // Each commitment has its holder's signature: what is no point should not have been chosen.
        const message = `holder ${asked.coordinator} chose a commitment that is no point of the curve`
        throw new Fault('custody-coordinator', message, { data: { holder: asked.coordinator }, cause })
      } finally {
        pair.nonces.hiding.fill(0)
        pair.nonces.binding.fill(0)
      }
    },

    open: () => pairs.size,
  }
}

/** Does the share belong to the group as this holder's? Told before anything is signed with it. */
export function isOwnShare(group: KeyedGroup, { holder, share }: OwnShare): boolean {
  const expected = group.verificationShares[holder]
  return expected !== undefined && equalBytes(secp256k1.getPublicKey(share), expected)
}
