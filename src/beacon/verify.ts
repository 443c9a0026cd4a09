// The one door for beacons: whatever comes from a relay, from the mesh or from a local chain becomes a `Beacon` here or
// nowhere. There is no switch that turns it off.
// Promises: exactly one signature per round is ever accepted, cheap checks come first, a known round costs no pairing,
// and memory is bounded. It does not fetch, and it does not know which round anybody is waiting for.
import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from '../core/bytes.ts'
import { roundDueAt } from '../core/clock.ts'
import { Fault, ignore, reject } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Beacon, DrandChain } from '../core/types.ts'
import { beaconMessage } from './chain-info.ts'
import { loadPairing, SIGNATURE_BYTES } from './pairing.ts'
import { createRecent } from './recent.ts'

/** A beacon nobody has checked. `randomness` is redundant: when somebody states it, it has to be right. */
export interface ClaimedBeacon {
  readonly round: number
  readonly signature: Uint8Array
  readonly randomness?: Uint8Array
}

export interface BeaconVerifierOptions {
  readonly chain: DrandChain
}

export interface BeaconVerifier {
  readonly chain: DrandChain
  /**
   * The beacon, if the claim is authentic and due.
   * @throws Fault reject: `beacon-round` not a round number · `beacon-signature-length` not 48 bytes ·
   * `beacon-randomness` not sha256(signature) · `beacon-signature-point` not a canonical subgroup point, or infinity ·
   * `beacon-signature` not the chain's signature on this round (a forgery or another chain's).
   * Fault ignore: `beacon-future` not due yet by our clock.
   */
  readonly verify: (claim: ClaimedBeacon) => Beacon
}

/** How far a relay's or a peer's clock may be ahead of ours before its beacons must wait. */
export const FUTURE_TOLERANCE_MS = 500

/** Half an hour of quicknet; 200 bytes each. */
export const REMEMBERED_ROUNDS = 600

const checkForm = (claim: ClaimedBeacon): Uint8Array => {
  if (!Number.isSafeInteger(claim.round) || claim.round < 1) {
    throw reject('beacon-round', 'a beacon names a round that is not a positive integer', { round: claim.round })
  }
  if (claim.signature.length !== SIGNATURE_BYTES) {
    const data = { round: claim.round, bytes: claim.signature.length }
    throw reject('beacon-signature-length', `a beacon's signature does not have ${SIGNATURE_BYTES} bytes`, data)
  }
  const randomness = sha256(claim.signature)
  if (claim.randomness !== undefined && !equalBytes(claim.randomness, randomness)) {
    throw reject('beacon-randomness', "a beacon's randomness is not the hash of its signature", { round: claim.round })
  }
  return randomness
}

/**
 * @throws Fault `chain-key` if the pinned public key is not a canonical subgroup point of G2: nothing could ever be
 * verified (or, at infinity, everything).
 */
export const createBeaconVerifier = async (
  { chain }: BeaconVerifierOptions,
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): Promise<BeaconVerifier> => {
  const pairing = await loadPairing()
  const key = pairing.prepareKey(chain.publicKey)
  if (!key) throw new Fault('chain-key', 'the pinned drand public key is not a valid G2 point: check the network file')
  const memory = createRecent(REMEMBERED_ROUNDS)

  const forged = (round: number): Fault =>
    reject('beacon-signature', 'a beacon is not signed by the pinned drand chain', { round, chain: chain.hash })

  const verify = (claim: ClaimedBeacon): Beacon => {
    const randomness = checkForm(claim)
    const { round } = claim
    const known = memory.get(round)
    if (known) {
      // BLS signatures are unique: a second one for a known round is a forgery, and no pairing is needed to say so.
      if (!equalBytes(known.signature, claim.signature)) throw forged(round)
      return known
    }
    const earlyMs = roundDueAt(chain, round) - clock.now()
    if (earlyMs > FUTURE_TOLERANCE_MS) {
      throw ignore('beacon-future', 'a beacon names a round that is not due yet', { round, earlyMs })
    }
    const point = pairing.parseSignature(claim.signature)
    if (!point) throw reject('beacon-signature-point', "a beacon's signature is not a valid G1 point", { round })
    if (!pairing.check(key, beaconMessage(round), point)) throw forged(round)
    const beacon = { round, signature: claim.signature.slice(), randomness } // the caller may reuse its buffer
    memory.put(beacon)
    return beacon
  }

  return { chain, verify }
}
