// From admitted bids to what the contract is told: every bid opened, the list of openings, its hash, the outcome and the
// proofs it needs. Pure functions of public data, the same for everybody; `Marketplace.sol` recomputes all of it and
// trusts the committee only for which bids were in time.

import { concatBytes, keccak256, word } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Timelock } from '../core/timelock.ts'
import type { Beacon, BidProof, Job, ListedBid, Network, Screened } from '../core/types.ts'
import type { AdmittedBid } from './admission.ts'
import { openBid, priceIn } from './bid.ts'
import type { OpenedBid } from './bid.ts'
import { pickSeed } from './job.ts'
import { awardOf, weightOf } from './outcome.ts'
import type { Award, ValidBid } from './outcome.ts'

/** An admitted bid and what it came to. */
export interface OpenedEntry extends AdmittedBid {
  readonly result: OpenedBid
}

export const openEntry = (
  { separator }: Pick<Network, 'separator'>,
  job: Job,
  admitted: AdmittedBid,
  beacon: Pick<Beacon, 'round' | 'signature'>,
  timelock: Pick<Timelock, 'open'>,
): OpenedEntry => ({
  ...admitted,
  result: openBid({ separator, job, provider: admitted.provider }, admitted.bid, beacon, timelock),
})

/** Did it open to what was committed to? A price above the reserve did; that it is void is for the contract to see. */
const isOpen = ({ result }: OpenedEntry): boolean => result.valid || result.code === 'bid-above-reserve'

/** The price that opened, valid or above the reserve. */
export const priceOf = ({ result }: OpenedEntry): bigint | undefined => {
  if (result.valid) return result.price
  if (result.code !== 'bid-above-reserve') return undefined
  return priceIn(result.opening)
}

/** The list that goes on chain, in provider order like the entries. */
export const listOf = (entries: readonly OpenedEntry[]): readonly ListedBid[] =>
  entries.map((entry) => {
    const opened = isOpen(entry)
    return { provider: entry.provider, opened, content: opened ? entry.result.opening : entry.bid.commitment }
  })

/** `IMarketplace.openingsHashOf`: keccak256 over abi.encode(provider * 256 + (opened ? 1 : 0), commitment) of each bid. */
export const openingsHash = (entries: readonly OpenedEntry[]): Uint8Array =>
  keccak256(
    concatBytes(
      ...entries.flatMap((entry) => [word(entry.provider * 256 + (isOpen(entry) ? 1 : 0)), entry.bid.commitment]),
    ),
  )

/** Providers and prices to be screened. */
export const pricesOf = (entries: readonly OpenedEntry[]): readonly { provider: number; price: bigint }[] =>
  entries.flatMap(({ provider, result }) => (result.valid ? [{ provider, price: result.price }] : []))

/**
 * The bids that take part in the draw: valid, of providers that can take the job; once settled, those at the positions that `took` part.
 * @throws Fault `outcome-screen` when the chain answered for other bids than asked.
 */
export function takingPart(
  entries: readonly OpenedEntry[],
  screened: readonly Screened[],
  took?: readonly number[],
): readonly ValidBid[] {
  const byProvider = new Map(screened.map((one) => [one.provider, one]))
  return entries.flatMap(({ provider, result }, position) => {
    if (!result.valid) return []
    const known = byProvider.get(provider)
    if (!known) throw new Fault('outcome-screen', 'a valid bid was not screened', { data: { provider } })
    const part = took ? took.includes(position) : known.able
    return part ? [{ provider, price: result.price, weight: known.weight }] : []
  })
}

export const outcomeOf = (
  { separator }: Pick<Network, 'separator'>,
  job: Job,
  bids: readonly ValidBid[],
  pick: Pick<Beacon, 'randomness'>,
  rank = 0,
): Award | undefined => awardOf(bids, job.rules, pickSeed(separator, job.id, pick.randomness), rank)

export const oddsOf = (award: Award | undefined): readonly { provider: number; weight: number }[] =>
  (award?.drawn ?? []).map((bid) => ({ provider: bid.provider, weight: Number(weightOf(bid)) }))

/** Proofs for who gains or loses by an award: the winner, the bid whose price is paid and, at first, every void bid. */
export function proofsFor(entries: readonly OpenedEntry[], award: Award | undefined): readonly BidProof[] {
  const named = new Set([award?.winner.provider, award?.setter?.provider])
  return entries.flatMap((entry, position) =>
    named.has(entry.provider) || !entry.result.valid ? [{ position, record: entry.record }] : [],
  )
}

/** Proofs for handing a job on: forfeits were taken when it was settled. */
export const proofsForNext = (entries: readonly OpenedEntry[], award: Award | undefined): readonly BidProof[] =>
  proofsFor(entries, award).filter(({ position }) => entries[position]?.result.valid)
