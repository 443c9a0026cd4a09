// A second opinion on the verification itself: drand-client checks, with its own code and its own curve library, the
// first beacon a process takes from a relay.
// Only the first: drand-client needs about 90 ms a beacon against 10 ms at the door, for a signature that is unique
// anyway; what a second implementation can still reveal is a fault of ours, and that shows on any beacon.
// Promises: verification stays on and the chain pinned, as drand-client means them. It fetches nothing by itself.
import { bytesToHex } from '@noble/hashes/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { ChainClient, RandomnessBeacon } from 'drand-client'
import { Fault } from '../core/errors.ts'
import type { ChainInfo } from './chain-info.ts'
import type { ClaimedBeacon } from './verify.ts'

/** drand-client's view of one claim already at hand: its transport with the network taken out. */
const clientOf = (info: ChainInfo, beacon: RandomnessBeacon): ChainClient => ({
  options: {
    disableBeaconVerification: false,
    noCache: false,
    chainVerificationParams: { chainHash: info.hash, publicKey: info.public_key },
  },
  get: () => Promise.resolve(beacon),
  latest: () => Promise.resolve(beacon),
  chain: () => ({ baseUrl: '', info: () => Promise.resolve(info) }),
})

/**
 * @param info the pinned chain's description, checked (relay.ts).
 * @throws Fault ignore `beacon-verifiers-disagree`: the installation is broken, nothing it verifies can be trusted.
 */
export const confirmWithDrandClient = async (info: ChainInfo, claim: ClaimedBeacon): Promise<void> => {
  const { fetchBeacon } = await import('drand-client') // 0.2 s to load, so only when it is needed
  const beacon = {
    round: claim.round,
    randomness: bytesToHex(sha256(claim.signature)),
    signature: bytesToHex(claim.signature),
  }
  try {
    await fetchBeacon(clientOf(info, beacon), claim.round)
  } catch (cause) {
    const message = 'drand-client refuses a beacon that passed the door: reinstall the dependencies'
    throw new Fault('beacon-verifiers-disagree', message, { data: { round: claim.round }, cause })
  }
}
