// One job as people are shown it: what it asks, where its auction stands, and, once settled, the bids, the draw's odds, who
// won and what is paid. Read from the chain alone; prices appear only after they are public. Used by the command line and
// the local network alike.

import { settledBids, settledOdds } from './auction/settled.ts'
import type { SettledBid } from './auction/settled.ts'
import { pickSeed } from './auction/job.ts'
import { createMarket } from './chain/market.ts'
import { openRequesterDesk } from './chain/requester.ts'
import type { RequesterDesk } from './chain/requester.ts'
import type { Outbox } from './chain/outbox.ts'
import type { Provider } from './chain/rpc.ts'
import { fromHex } from './core/bytes.ts'
import type { Market } from './core/ports.ts'
import type { Hex, MarketJob } from './core/types.ts'

export interface JobReport {
  readonly job: MarketJob
  /** Undefined before the settlement, and where another contract settled. */
  readonly bids: readonly SettledBid[] | undefined
  readonly odds: readonly { readonly provider: number; readonly weight: number }[]
  /** The settlement. */
  readonly tx: Hex | undefined
  readonly gasUsed: bigint | undefined
}

export interface JobOffice {
  /** The account that pays. */
  readonly sender: Hex
  readonly desk: RequesterDesk
  readonly market: Market
  /** Undefined when there is no such job. Faults: `rpc-unreachable`. */
  report(id: number): Promise<JobReport | undefined>
}

export interface JobOfficeDeps {
  readonly provider: Provider
  readonly outbox: Outbox
}

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function openJobOffice(marketplace: Hex, { provider, outbox }: JobOfficeDeps): Promise<JobOffice> {
  const desk = await openRequesterDesk(marketplace, { provider, outbox })
  const { handles, reader } = desk
  const sidecars = handles.sidecars.address
  const market = await createMarket({ marketplace, sidecars, confirmations: 1 }, { provider, outbox })

  async function oddsOf(job: MarketJob, bids: readonly SettledBid[]): Promise<JobReport['odds']> {
    if (!job.took || job.winner === 0) return []
    const prices = bids.flatMap(({ provider, price, valid }) =>
      valid && price !== undefined ? [{ provider, price }] : [],
    )
    const randomness = fromHex(await handles.beacons.read('randomnessOf', [BigInt(job.pickRound)]), 32)
    const seed = pickSeed(fromHex(handles.separator, 32), job.id, randomness)
    return settledOdds(bids, job.took, await market.screen(job, prices), job.rules, seed, job.rank)
  }

  async function report(id: number): Promise<JobReport | undefined> {
    const job = await market.job(id)
    if (!job) return undefined
    const settlement = await reader.settlement(id, await provider.getBlockNumber())
    const receipt = settlement && (await provider.getTransactionReceipt(settlement.tx))
    const bids = settlement?.bids && settledBids(settlement.bids, job.rules.reserve)
    const odds = bids ? await oddsOf(job, bids) : []
    return { job, bids, odds, tx: settlement?.tx, gasUsed: receipt?.gasUsed }
  }

  return { sender: outbox.sender, desk, market, report }
}
