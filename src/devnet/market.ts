// The market of a local network: its contracts, and a provider for each sidecar with capacity, collateral and a price of
// its own. Promises that provider i is the owner of sidecar i, qualified before genesis. Timing is as short as the
// phases of the audits allow; money is worthless on purpose.

import { deployMarket } from '../chain/deploy-market.ts'
import type { DeployedMarket, MarketPolicy } from '../chain/deploy-market.ts'
import type { Deployed } from '../chain/deploy.ts'
import { findContracts } from '../chain/handles.ts'
import type { Timing } from '../chain/market-handles.ts'
import type { Outbox } from '../chain/outbox.ts'
import { openProviderDesk } from '../chain/provider.ts'
import type { Provider } from '../chain/rpc.ts'
import type { Requirements, Schedule } from '../core/types.ts'

export interface MarketOptions {
  readonly schedule: Schedule
  readonly periodSeconds: number
  readonly payAsBid: boolean
  /** Stretches the phases; 1 by default. */
  readonly patience?: number
}

/** A sidecar's own account: its record key, which owns it and its provider. */
export type OwnOutbox = (index: number) => Promise<Outbox>

const TOKEN = 10n ** 18n
/** Every job of a local network: the paper's project, but for seconds; rates and price make it cost 100 ANKR all the same. */
export const DEMO_JOB: Requirements = {
  cpuMilliGhz: 4_000,
  memoryMilliGb: 16_000,
  storageMilliGb: 128_000,
  durationSeconds: 10,
}
export const DEMO_KIND = 'ethereum'
/** The paper's rates times 8.1, so that ten seconds at the price below are exactly 100 ANKR. */
const MONTH_USD = { cpu: (405n * TOKEN) / 10n, memory: (87_075n * TOKEN) / 10_000n, storage: (81n * TOKEN) / 100n }
/** 0.000015625 USD for one ANKR: rates have a ceiling, a price has none. */
const TOKEN_PRICE = { usd: 15_625n, decimals: 9 }
const CAPACITY = { cpuMilliGhz: 64_000, memoryMilliGb: 256_000, storageMilliGb: 2_048_000 }
const COLLATERAL = 500n * TOKEN
const CEILING = 1_000n * TOKEN
/** What each sidecar's account needs besides its stake. */
export const PROVIDER_ANKR = COLLATERAL

const POLICY: Omit<MarketPolicy, 'payAsBid'> = {
  rewardBps: 1_000,
  insuranceBps: 1_000,
  forfeitBps: 2_500,
  penaltyBps: 2_500,
  shortlist: 1,
  startSeconds: 60,
}

const PROVIDERS = {
  minCollateral: 100n * TOKEN,
  maxCollateral: 1_000n * TOKEN,
  stakeWeight: 2_500,
  priceWeight: 2_500,
  runningTimeWeight: 2_500,
  uptimeWeight: 2_500,
  fullRunningSeconds: 30 * 24 * 3_600,
}

/** Bids have two views' time to spread, the committee three leaders to certify them, everybody two rounds to open them. */
export const demoTiming = ({ viewRounds }: Schedule, patience = 1): Timing => ({
  bidRounds: 3 * viewRounds * patience,
  certifyRounds: 1 + 3 * viewRounds * patience,
  pickRounds: viewRounds * patience,
  longestRounds: 100 * viewRounds * patience,
  settleRounds: 60 * viewRounds * patience,
})

/** Own cost of provider `index`, in percent of the unit rates: each another, the dearest near the reserve. */
const COST_PERCENT = [62, 55, 68, 58, 71, 65, 52, 74] as const

const decimalText = (amount: bigint): string => `${amount / TOKEN}.${(amount % TOKEN).toString().padStart(18, '0')}`

/** What a person would write into the configuration of node `index` (from 0). */
export function demoStrategy(index: number): Readonly<Record<string, unknown>> {
  const percent = BigInt(COST_PERCENT[index % COST_PERCENT.length] ?? 60)
  const usd = (rate: bigint): string => decimalText((rate * percent) / 100n)
  return {
    bidKinds: [DEMO_KIND],
    bidCpuUsd: usd(MONTH_USD.cpu),
    bidMemoryUsd: usd(MONTH_USD.memory),
    bidStorageUsd: usd(MONTH_USD.storage),
    bidMarginBps: 500,
  }
}

/** Puts the market on chain and makes every sidecar's owner a provider. */
export async function openMarket(
  options: MarketOptions,
  network: Deployed,
  { provider, outbox, own }: { readonly provider: Provider; readonly outbox: Outbox; readonly own: OwnOutbox },
  count: number,
): Promise<DeployedMarket> {
  const timing = demoTiming(options.schedule, options.patience)
  const market = await deployMarket(
    {
      network,
      timing,
      policy: { ...POLICY, payAsBid: options.payAsBid },
      providers: PROVIDERS,
      withdrawalDelay: (timing.longestRounds + timing.settleRounds) * options.periodSeconds,
      rates: { cpuUsd: MONTH_USD.cpu, memoryUsd: MONTH_USD.memory, storageUsd: MONTH_USD.storage },
      tokenPrice: TOKEN_PRICE,
    },
    { provider, outbox },
  )
  const authority = await openProviderDesk(market.marketplace, { provider, outbox })
  for (let index = 0; index < count; index++) {
    const account = await own(index)
    const desk = await openProviderDesk(market.marketplace, { provider, outbox: account })
    const application = { brand: `node ${index + 1}`, capacity: CAPACITY, ceiling: CEILING }
    const id = await desk.apply(application)
    await authority.qualify(id, application)
    await desk.stake(id, COLLATERAL)
    await desk.enrol(id, index + 1)
    await account.stop()
  }
  const { token } = await findContracts(provider, network.ledger)
  await outbox.submit({ key: 'mint:requester', ...token.call('mint', [outbox.sender, 10_000n * TOKEN]) })
  return market
}
