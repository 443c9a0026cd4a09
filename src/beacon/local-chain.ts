// A drand-compatible chain for a network on one machine: the same scheme, messages, hash and threshold signing as
// quicknet, with a period of its own. Deterministic from the seed, so a restarted process continues the same chain.
// Promises: every round's signature comes from `threshold` partial signatures; recent rounds are kept, the rest is
// recomputed on demand. It is no source of public randomness: the seed's holder knows every future round.
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { roundAt } from '../core/clock.ts'
import { beaconMessage, describeChain } from './chain-info.ts'
import type { ChainInfo } from './chain-info.ts'
import { loadPairing } from './pairing.ts'
import type { Pairing } from './pairing.ts'
import { combine, deal, signPartially } from './threshold.ts'
import type { Dealt } from './threshold.ts'

export interface LocalChainOptions {
  /** At least 32 bytes. */
  readonly seed: Uint8Array
  /** Unix seconds of round 1. */
  readonly genesis: number
  /** Whole seconds, at least 1, as drand has them. */
  readonly period: number
  readonly threshold: number
  readonly members: number
  readonly beaconId: string
}

/** A round as drand's HTTP API writes it: hex, no prefix. */
export interface SignedRound {
  readonly round: number
  readonly randomness: string
  readonly signature: string
}

export interface LocalChain {
  readonly info: ChainInfo
  /** The beacon of a round ≥ 1, whether or not its time has come: keeping the future closed is the server's duty. */
  readonly sign: (round: number) => SignedRound
  /** Newest round at this moment (ms); 0 before genesis. */
  readonly roundAt: (nowMs: number) => number
}

const MIN_SEED_BYTES = 32
const MAX_MEMBERS = 100
const KEPT_ROUNDS = 256

const checkOptions = (options: LocalChainOptions): void => {
  const whole = (value: number, least: number, most: number): boolean =>
    Number.isSafeInteger(value) && value >= least && value <= most
  const { seed, genesis, period, threshold, members, beaconId } = options
  const wrong: readonly (readonly [boolean, string])[] = [
    [seed.length < MIN_SEED_BYTES, `seed has ${seed.length} bytes, needs ${MIN_SEED_BYTES}`],
    [!whole(genesis, 0, 2 ** 40), 'genesis is not a unix time in seconds'],
    [!whole(period, 1, 2 ** 31), 'period is not a whole number of seconds'],
    [!whole(members, 1, MAX_MEMBERS), `members is not in 1..${MAX_MEMBERS}`],
    [!whole(threshold, 1, members), 'threshold is not in 1..members'],
    [!/^[a-z0-9-]{1,32}$/.test(beaconId), 'beaconId is not 1 to 32 of a-z, 0-9, -'],
  ]
  const found = wrong.find(([bad]) => bad)
  if (found) throw new RangeError(`local chain: ${found[1]}`)
}

/** Which members sign a round rotates, so every subset a real network could meet is met here too. */
const signRound = (pairing: Pairing, dealt: Dealt, threshold: number, round: number): SignedRound => {
  const hashed = pairing.hashToG1(beaconMessage(round))
  const members = dealt.shares.length
  const signers = Array.from({ length: threshold }, (_, step) => dealt.shares[(round + step) % members])
  const signature = combine(signers.flatMap((share) => (share ? [signPartially(hashed, share)] : [])))
  return { round, randomness: bytesToHex(sha256(signature)), signature: bytesToHex(signature) }
}

/** @throws RangeError naming the first option that is out of bounds. */
export const createLocalChain = async (options: LocalChainOptions): Promise<LocalChain> => {
  checkOptions(options)
  const { genesis, period, threshold, members, beaconId } = options
  const pairing = await loadPairing()
  const dealt = deal(options.seed, threshold, members)
  // drand hashes its group file; here the members' public shares say who the group is.
  const groupHash = bytesToHex(sha256(concatBytes(...dealt.shares.map((share) => pairing.publicKey(share.secret)))))
  const publicKey = bytesToHex(pairing.publicKey(dealt.secret))
  const kept = new Map<number, SignedRound>()
  return {
    info: describeChain({ publicKey, period, genesis, groupHash, beaconId }),
    sign: (round) => {
      const known = kept.get(round)
      if (known) return known
      const signed = signRound(pairing, dealt, threshold, round)
      kept.set(round, signed)
      const oldest = kept.keys().next()
      if (kept.size > KEPT_ROUNDS && oldest.done !== true) kept.delete(oldest.value)
      return signed
    },
    roundAt: (nowMs) => roundAt({ genesisTime: genesis, periodSeconds: period }, nowMs),
  }
}
