// One sealed bid: a commitment that binds job, provider, price and salt, beside a timelock of price and salt. Sealing is
// the bidder's; opening is everybody's and gives either a price or the reason why the bid is void, never an exception for
// what the bidder did. Trouble of our own (a wrong beacon) is thrown: nobody's bid is void because of it.

import { concatBytes, equalBytes, taggedHash, word, ZERO_32 } from '../core/bytes.ts'
import { Fault, ignore, invariant } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import type { Timelock } from '../core/timelock.ts'
import type { Beacon, Job, SealedBid } from '../core/types.ts'

const PRICE_BYTES = 12
export const SALT_BYTES = 20

/** What a bid is about: the same price and salt under another name is another commitment, so bids cannot be copied. */
export interface BidContext {
  /** EIP-712 domain separator of the network. */
  readonly separator: Uint8Array
  readonly job: Job
  readonly provider: number
}

/** An opening is what the timelock sealed: price, 12 bytes big-endian, then 20 bytes of salt. */
const openingOf = (price: bigint, salt: Uint8Array): Uint8Array =>
  concatBytes(word(price).subarray(32 - PRICE_BYTES), salt)

const wide = (bytes: Uint8Array): Uint8Array => concatBytes(ZERO_32.subarray(bytes.length), bytes)

/** The price in an opening of 32 bytes. */
export const priceIn = (opening: Uint8Array): bigint =>
  opening.subarray(0, PRICE_BYTES).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** keccak256(abi.encode(keccak256("stkr.bid"), SEP, uint64 job, uint32 provider, uint96 price, uint160 salt)). */
export const commitmentOf = ({ separator, job, provider }: BidContext, opening: Uint8Array): Uint8Array =>
  taggedHash(
    'stkr.bid',
    separator,
    word(job.id),
    word(provider),
    wide(opening.subarray(0, PRICE_BYTES)),
    wide(opening.subarray(PRICE_BYTES)),
  )

/**
 * A bid ready to be signed, and the opening to keep with it (durable before anything is published).
 * @throws Fault `bid-price` negative or above the reserve; and those of `Timelock.seal`. `newest`: newest round out.
 */
export function sealBid(
  context: BidContext,
  price: bigint,
  newest: number,
  { timelock, random }: { readonly timelock: Pick<Timelock, 'seal'>; readonly random: RandomBytes },
): { readonly body: SealedBid; readonly opening: Uint8Array } {
  const { rules, openRound } = context.job
  if (price < 0n || price > rules.reserve)
    throw ignore('bid-price', 'a bid has a price between zero and the reserve', { price, reserve: rules.reserve })
  const salt = random(SALT_BYTES)
  // Salt zero marks "did not open" in a settlement; a source that gives it is broken, not unlucky.
  invariant(salt.length === SALT_BYTES && salt.some((byte) => byte !== 0), 'salts are 20 random bytes')
  const opening = openingOf(price, salt)
  const ciphertext = timelock.seal(openRound, opening, newest)
  return { body: { commitment: commitmentOf(context, opening), ciphertext }, opening }
}

/** Why a bid that was in time does not count; each forfeits (economy M7). */
export type VoidCode =
  | 'timelock-length'
  | 'timelock-point'
  | 'timelock-forged'
  /** Price and salt are not those committed to: also what a copy of another's bid comes to. */
  | 'bid-mismatch'
  | 'bid-salt-zero'
  | 'bid-above-reserve'

/** `opening` is what a settlement carries for the bid: 32 bytes, zero where nothing opened. */
export type OpenedBid =
  | { readonly valid: true; readonly price: bigint; readonly opening: Uint8Array }
  | { readonly valid: false; readonly code: VoidCode; readonly opening: Uint8Array }

/** What an opening is worth against its commitment: the part of opening a bid that contracts repeat. */
export function judgeOpening(context: BidContext, commitment: Uint8Array, opening: Uint8Array): OpenedBid {
  const refuse = (code: VoidCode): OpenedBid => ({ valid: false, code, opening })
  if (opening.subarray(PRICE_BYTES).every((byte) => byte === 0)) return refuse('bid-salt-zero')
  if (!equalBytes(commitmentOf(context, opening), commitment)) return refuse('bid-mismatch')
  const price = priceIn(opening)
  return price > context.job.rules.reserve ? refuse('bid-above-reserve') : { valid: true, price, opening }
}

/** @throws Fault `timelock-beacon`, `timelock-round` when the beacon is not that of the job's open round. */
export function openBid(
  context: BidContext,
  bid: SealedBid,
  beacon: Pick<Beacon, 'round' | 'signature'>,
  timelock: Pick<Timelock, 'open'>,
): OpenedBid {
  if (beacon.round !== context.job.openRound)
    throw ignore('timelock-round', 'bids open with the beacon of their open round', { round: beacon.round })
  try {
    return judgeOpening(context, bid.commitment, timelock.open(bid.ciphertext, beacon))
  } catch (error) {
    if (!(error instanceof Fault) || !isSealFault(error.code)) throw error
    return { valid: false, code: error.code, opening: ZERO_32 }
  }
}

type SealFault = Extract<VoidCode, `timelock-${string}`>
const SEAL_FAULTS: readonly string[] = ['timelock-length', 'timelock-point', 'timelock-forged'] satisfies SealFault[]
const isSealFault = (code: string): code is SealFault => SEAL_FAULTS.includes(code)
