// What a network is made of: everything that constructors take, as plain data. Money in base units, moments in Unix
// seconds, ratios in basis points. It checks nothing: the file's door does (src/cli/deploy-file.ts), and the constructors do.

import type { Capacity, DrandChain, Hex, Schedule } from '../core/types.ts'
import type { Timing } from './market-handles.ts'

/** `IMarketplace.Policy`. */
export interface MarketPolicy {
  readonly rewardBps: number
  readonly insuranceBps: number
  readonly forfeitBps: number
  readonly penaltyBps: number
  readonly shortlist: number
  readonly payAsBid: boolean
  readonly startSeconds: number
  readonly confirmSeconds: number
  readonly serviceBps: number
  readonly leastPeriods: number
  readonly lossBps: number
}

/** `IProjects.Timing`, seconds. */
export interface ProjectTiming {
  readonly challengeSeconds: number
  readonly rulingSeconds: number
}

/** `IProviders.Policy`. */
export interface ProviderPolicy {
  readonly minCollateral: bigint
  readonly maxCollateral: bigint
  readonly stakeWeight: number
  readonly priceWeight: number
  readonly runningTimeWeight: number
  readonly uptimeWeight: number
  readonly fullRunningSeconds: number
}

/** `IQuotes.Rates`: USD with 18 decimals for one GHz or GB and a month of 30 days. */
export interface Rates {
  readonly cpuUsd: bigint
  readonly memoryUsd: bigint
  readonly storageUsd: bigint
}

/** A feed that exists, or a development feed that always gives this answer: USD for one ANKR, with its decimals. */
export type PriceSource = { readonly feed: Hex } | { readonly usd: bigint; readonly decimals: number }

/** `IDiscipline.Policy`. */
export interface DisciplinePolicy {
  readonly threshold: number
  readonly recordPeriods: number
  readonly recordNodes: number
  readonly suspensionSeconds: number
  readonly probationSeconds: number
  readonly serviceBps: number
  readonly windowPeriods: number
  readonly slashBps: number
  readonly reporterBps: number
}

/** `IDividends.Policy`. */
export interface DividendsPolicy {
  readonly windowPeriods: number
  readonly lapsePeriods: number
}

/** `IMicroPools.Policy`. */
export interface MicroPoolPolicy {
  readonly rewardBps: number
  readonly insuranceBps: number
  readonly leastSeconds: number
  readonly mostSeconds: number
  /** What a validator's machine needs. */
  readonly validator: Capacity
}

/** `IMemberStakes.Policy`. */
export interface CouncilPolicy {
  readonly n: number
  readonly minStake: bigint
  readonly slashBps: number
  readonly electionSeconds: number
  readonly unbondingSeconds: number
}

/** `IMemberStakes.Bounds`. */
export interface CouncilBounds {
  readonly minStakeLeast: bigint
  readonly minStakeMost: bigint
  readonly electionSecondsLeast: number
  readonly electionSecondsMost: number
  readonly unbondingSecondsLeast: number
  readonly unbondingSecondsMost: number
}

/** `IGovernment.Policy`. */
export interface DecisionPolicy {
  readonly votingDelay: number
  readonly votingPeriod: number
  readonly quorumBps: number
}

/** `IGovernment.Bounds`. */
export interface DecisionBounds {
  readonly votingDelayMost: number
  readonly votingPeriodLeast: number
  readonly votingPeriodMost: number
  readonly timelockLeast: number
  readonly timelockMost: number
  readonly executionSeconds: number
}

/** `IRewardPool.Policy`. */
export interface RewardPolicy {
  readonly governorsBps: number
  readonly operatorsBps: number
  readonly stakersBps: number
  readonly developmentBps: number
  readonly votersBps: number
  readonly periodSeconds: number
}

/** `IInsurancePool.Policy`: what must stay in the pool before there is a surplus. */
export interface InsurancePolicy {
  readonly ankrThreshold: bigint
  readonly ethThreshold: bigint
}

export interface DeployOptions {
  /** Part of every address: two networks of one chain differ in it. */
  readonly network: string
  /** The account that deploys. It may install each part once, which the deployment does, and has no other right. */
  readonly installer: Hex
  /** Undefined: the test token, which anybody mints. */
  readonly token: Hex | undefined
  readonly drand: Pick<DrandChain, 'publicKey' | 'genesisTime' | 'periodSeconds'>
  readonly schedule: Schedule
  readonly registry: {
    readonly minStake: bigint
    readonly unbondingEpochs: number
    readonly slashBps: number
    readonly reporterBps: number
    /** Receives what a slash leaves after the reporter's share. */
    readonly sink: Hex
  }
  readonly ledger: { readonly bounty: bigint; readonly seatBounty: bigint }
  readonly quotes: { readonly rates: Rates; readonly price: PriceSource; readonly maxAgeSeconds: number }
  /** `withdrawalDelay`: seconds between asking collateral back and getting it, longer than any auction. */
  readonly providers: { readonly withdrawalDelay: number; readonly policy: ProviderPolicy }
  readonly discipline: DisciplinePolicy
  readonly dividends: DividendsPolicy
  readonly market: { readonly timing: Timing; readonly policy: MarketPolicy }
  readonly projects: ProjectTiming
  readonly microPools: {
    /** Undefined: a local network's own, after the specification of the real one. */
    readonly depositContract: Hex | undefined
    readonly policy: MicroPoolPolicy
  }
  readonly pools: {
    /** Receives the share for development and marketing. */
    readonly development: Hex
    readonly reward: RewardPolicy
    readonly insurance: InsurancePolicy
    /** What no vote lowers the thresholds below. */
    readonly insuranceLeast: InsurancePolicy
    readonly requesterUnbondingSeconds: number
  }
  readonly council: {
    /** Date of the first election. */
    readonly transitionAt: number
    readonly invited: readonly Hex[]
    readonly policy: CouncilPolicy
    readonly bounds: CouncilBounds
  }
  readonly government: {
    /** Seconds between a decision's queueing and its execution. */
    readonly timelock: number
    readonly policy: DecisionPolicy
    readonly bounds: DecisionBounds
  }
}

/** Every contract of a network. */
export interface Deployed {
  readonly token: Hex
  readonly beacons: Hex
  readonly sidecars: Hex
  readonly committee: Hex
  /** The one address sidecars are configured with. */
  readonly ledger: Hex
  readonly staking: Hex
  readonly insurancePool: Hex
  readonly rewardPool: Hex
  readonly requesters: Hex
  readonly nodes: Hex
  readonly council: Hex
  readonly government: Hex
  /** The authority over everything. */
  readonly timelock: Hex
  readonly priceFeed: Hex
  readonly quotes: Hex
  readonly providers: Hex
  /** The one address of the market sidecars and requesters are configured with. */
  readonly marketplace: Hex
  /** Where jobs go on once they run. */
  readonly projects: Hex
  readonly discipline: Hex
  /** Reports the weights of collateral to the Reward Pool. */
  readonly dividends: Hex
  readonly tiers: Hex
  /** Holds delegated tokens. */
  readonly custody: Hex
  readonly depositContract: Hex
  readonly beaconChain: Hex
  readonly microPools: Hex
  readonly aEth: Hex
  /** The code of all micro-pools, and of what they pay out. */
  readonly microPool: Hex
  readonly poolPayout: Hex
}
