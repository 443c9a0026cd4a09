// The market of a new network, in the order its contracts need each other: price feed, quotes, pools, providers,
// marketplace. For local networks and tests; the sender becomes the authority that qualifies providers. It does not check
// the parameters: the constructors do, by name.

import type { Hex } from '../core/types.ts'
import { DevPriceFeedAbi, DevPriceFeedBytecode } from './abi/DevPriceFeed.ts'
import { DisciplineAbi, DisciplineBytecode } from './abi/Discipline.ts'
import { DividendsAbi, DividendsBytecode } from './abi/Dividends.ts'
import { InsurancePoolAbi, InsurancePoolBytecode } from './abi/InsurancePool.ts'
import { MarketplaceAbi, MarketplaceBytecode } from './abi/Marketplace.ts'
import { ProvidersAbi, ProvidersBytecode } from './abi/Providers.ts'
import { QuotesAbi, QuotesBytecode } from './abi/Quotes.ts'
import { RewardPoolAbi, RewardPoolBytecode } from './abi/RewardPool.ts'
import { TiersAbi, TiersBytecode } from './abi/Tiers.ts'
import { bindContract } from './contracts.ts'
import { create } from './creation.ts'
import type { Deployed } from './deploy.ts'
import type { Timing } from './market-handles.ts'
import type { Outbox } from './outbox.ts'
import type { Provider } from './rpc.ts'

/** `IMarketplace.Policy`. */
export interface MarketPolicy {
  readonly rewardBps: number
  readonly insuranceBps: number
  readonly forfeitBps: number
  readonly penaltyBps: number
  readonly shortlist: number
  readonly payAsBid: boolean
  readonly startSeconds: number
}

/** `IProviders.Policy`; money in ANKR base units. */
export interface ProviderPolicy {
  readonly minCollateral: bigint
  readonly maxCollateral: bigint
  readonly stakeWeight: number
  readonly priceWeight: number
  readonly runningTimeWeight: number
  readonly uptimeWeight: number
  readonly fullRunningSeconds: number
}

export interface MarketDeployOptions {
  readonly network: Pick<Deployed, 'token' | 'beacons' | 'sidecars' | 'committee' | 'ledger'>
  readonly timing: Timing
  readonly policy: MarketPolicy
  readonly providers: ProviderPolicy
  /** Seconds between asking collateral back and getting it: longer than any auction. */
  readonly withdrawalDelay: number
  /** USD with 18 decimals for one GHz or GB and a month of 30 days. */
  readonly rates: { readonly cpuUsd: bigint; readonly memoryUsd: bigint; readonly storageUsd: bigint }
  /** The feed's answer: USD for one ANKR, with its decimals. */
  readonly tokenPrice: { readonly usd: bigint; readonly decimals: number }
}

export interface DeployedMarket {
  /** The one address of the market sidecars are configured with. */
  readonly marketplace: Hex
  readonly providers: Hex
  readonly quotes: Hex
  readonly rewardPool: Hex
  readonly insurancePool: Hex
  readonly priceFeed: Hex
  readonly discipline: Hex
  /** Reports the weights of collateral to the Reward Pool: its source for providers. */
  readonly dividends: Hex
  readonly tiers: Hex
}

/** The development feed's answers are as new as the block; the longest age the contract allows. */
const FEED_MAX_AGE_SECONDS = 7 * 24 * 3600

/** `IRewardPool.Policy`, by the white paper's shares (3.4.6). */
const REWARD_POLICY = {
  governorsBps: 3_000,
  operatorsBps: 4_000,
  stakersBps: 2_000,
  developmentBps: 1_000,
  votersBps: 2_500,
  periodSeconds: 30 * 24 * 3600,
}

/** `IInsurancePool.Policy`: what two validators hold, and as many million ANKR. */
const THRESHOLDS = { ankrThreshold: 2_000_000n * 10n ** 18n, ethThreshold: 64n * 10n ** 18n }

/** `IDiscipline.Policy`. */
const DISCIPLINE_POLICY = {
  threshold: 500,
  recordPeriods: 20,
  recordNodes: 3,
  suspensionSeconds: 7 * 24 * 3600,
  probationSeconds: 30 * 24 * 3600,
  serviceBps: 9_000,
  windowPeriods: 10,
  slashBps: 1_000,
  reporterBps: 2_500,
}

/** `IDividends.Policy`. */
const DIVIDENDS_POLICY = { windowPeriods: 10, lapsePeriods: 30 }

/** Faults: `revert-…` for refused parameters, those of the outbox. */
export async function deployMarket(
  { network, timing, policy, providers: providerPolicy, withdrawalDelay, rates, tokenPrice }: MarketDeployOptions,
  { provider, outbox }: { readonly provider: Provider; readonly outbox: Outbox },
): Promise<DeployedMarket> {
  const { token, sidecars, ledger, beacons, committee } = network
  const authority = outbox.sender
  const feed = [tokenPrice.decimals, tokenPrice.usd]
  const priceFeed = await create(outbox, ['DevPriceFeed', DevPriceFeedAbi, DevPriceFeedBytecode], feed)
  const pricing = [authority, rates, priceFeed, FEED_MAX_AGE_SECONDS]
  const quotes = await create(outbox, ['Quotes', QuotesAbi, QuotesBytecode], pricing)
  const reward = { token, installer: authority, development: authority, policy: REWARD_POLICY }
  const rewardPool = await create(outbox, ['RewardPool', RewardPoolAbi, RewardPoolBytecode], [reward])
  const insurance = { token, installer: authority, rewardPool, policy: THRESHOLDS, least: THRESHOLDS }
  const insurancePool = await create(outbox, ['InsurancePool', InsurancePoolAbi, InsurancePoolBytecode], [insurance])
  const registry = {
    token,
    sidecars,
    ledger,
    insurancePool,
    authority,
    installer: authority,
    withdrawalDelay,
    policy: providerPolicy,
  }
  const providers = await create(outbox, ['Providers', ProvidersAbi, ProvidersBytecode], [registry])
  const parts = { sidecars, beacons, committee, providers, quotes, rewardPool, insurancePool }
  const params = { ...parts, authority, timing, policy }
  const marketplace = await create(outbox, ['Marketplace', MarketplaceAbi, MarketplaceBytecode], [params])
  const judged = { token, sidecars, ledger, providers, authority, policy: DISCIPLINE_POLICY }
  const discipline = await create(outbox, ['Discipline', DisciplineAbi, DisciplineBytecode], [judged])
  const paid = { sidecars, ledger, providers, rewardPool, authority, policy: DIVIDENDS_POLICY }
  const dividends = await create(outbox, ['Dividends', DividendsAbi, DividendsBytecode], [paid])
  const tiers = await create(outbox, ['Tiers', TiersAbi, TiersBytecode], [providers, authority])
  const later = [marketplace, discipline, dividends] as const
  await outbox.submit({
    key: 'install:parts',
    ...bindContract(ProvidersAbi, providers, provider).call('install', later),
  })
  return { marketplace, providers, quotes, rewardPool, insurancePool, priceFeed, discipline, dividends, tiers }
}
