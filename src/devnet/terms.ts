// The terms of a local network: everything its contracts are deployed with. Money is worthless, moments are seconds apart, so
// that a whole life of the economy passes while somebody watches. It deploys nothing.

import type { DeployOptions, MarketPolicy } from '../chain/deploy-options.ts'
import type { Timing } from '../chain/market-handles.ts'
import type { DrandChain, Hex, Schedule } from '../core/types.ts'

export const TOKEN = 10n ** 18n

/** The paper's rates times 8.1, so that ten seconds at the price below are exactly 100 ANKR. */
export const MONTH_USD = {
  cpuUsd: (405n * TOKEN) / 10n,
  memoryUsd: (87_075n * TOKEN) / 10_000n,
  storageUsd: (81n * TOKEN) / 100n,
}
/** 0.000015625 USD for one ANKR: rates have a ceiling, a price has none. */
const TOKEN_PRICE = { usd: 15_625n, decimals: 9 }
/** The development feed's answers are as new as the block; the longest age the contract allows. */
const FEED_MAX_AGE_SECONDS = 7 * 24 * 3_600

const POLICY: MarketPolicy = {
  rewardBps: 1_000,
  insuranceBps: 1_000,
  forfeitBps: 2_500,
  penaltyBps: 2_500,
  shortlist: 1,
  payAsBid: false,
  startSeconds: 60,
  confirmSeconds: 600,
  serviceBps: 9_000,
  leastPeriods: 3,
  lossBps: 5_000,
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

/** Where a slash's remainder goes: an address nobody holds, easy to find again. */
const SINK: Hex = '0x000000000000000000000000000000000000dead'

export const SIDECAR_STAKE = 1_000n * TOKEN
export const GOVERNOR_STAKE = 1_000n * TOKEN
const BOUNTY = 10n * TOKEN
/** n: three invited governors, five seats after the first election. */
export const SEATS_N = 2
const YEAR = 365 * 24 * 3_600

/** Bids have two views' time to spread, the committee three leaders to certify them, everybody two rounds to open them. */
export const demoTiming = ({ viewRounds }: Schedule, patience = 1): Timing => ({
  bidRounds: 3 * viewRounds * patience,
  certifyRounds: 1 + 3 * viewRounds * patience,
  pickRounds: viewRounds * patience,
  longestRounds: 100 * viewRounds * patience,
  settleRounds: 60 * viewRounds * patience,
})

/** A vote is open for three seconds, a decision waits for one more. */
export const GOVERNMENT: DeployOptions['government'] = {
  timelock: 1,
  policy: { votingDelay: 0, votingPeriod: 3, quorumBps: 5_000 },
  bounds: {
    votingDelayMost: 3_600,
    votingPeriodLeast: 1,
    votingPeriodMost: 3_600,
    timelockLeast: 1,
    timelockMost: 3_600,
    executionSeconds: 3_600,
  },
}

const COUNCIL: Pick<DeployOptions['council'], 'policy' | 'bounds'> = {
  policy: { n: SEATS_N, minStake: GOVERNOR_STAKE, slashBps: 1_000, electionSeconds: 600, unbondingSeconds: 600 },
  bounds: {
    minStakeLeast: TOKEN,
    minStakeMost: 1_000_000n * TOKEN,
    electionSecondsLeast: 60,
    electionSecondsMost: YEAR,
    unbondingSecondsLeast: 60,
    unbondingSecondsMost: YEAR,
  },
}

/** The white paper's shares (3.4.6), and periods as short as they can be. */
const POOLS: DeployOptions['pools'] = {
  development: '0x00000000000000000000000000000000000de7e1',
  reward: {
    governorsBps: 3_000,
    operatorsBps: 4_000,
    stakersBps: 2_000,
    developmentBps: 1_000,
    votersBps: 2_500,
    periodSeconds: 24 * 3_600,
  },
  // What two validators hold, and as many million ANKR.
  insurance: { ankrThreshold: 2_000_000n * TOKEN, ethThreshold: 64n * TOKEN },
  insuranceLeast: { ankrThreshold: 2_000_000n * TOKEN, ethThreshold: 64n * TOKEN },
  requesterUnbondingSeconds: 24 * 3_600,
}

const DISCIPLINE: DeployOptions['discipline'] = {
  threshold: 500,
  recordPeriods: 20,
  recordNodes: 3,
  suspensionSeconds: 7 * 24 * 3_600,
  probationSeconds: 30 * 24 * 3_600,
  serviceBps: 9_000,
  windowPeriods: 10,
  slashBps: 1_000,
  reporterBps: 2_500,
}

const DIVIDENDS = { windowPeriods: 1, lapsePeriods: 30 }

const MICRO_POOLS: DeployOptions['microPools'] = {
  depositContract: undefined,
  policy: {
    rewardBps: 1_000,
    insuranceBps: 1_000,
    leastSeconds: 3_600,
    mostSeconds: YEAR,
    validator: { cpuMilliGhz: 4_000, memoryMilliGb: 16_000, storageMilliGb: 128_000 },
  },
}

export interface LocalTerms {
  readonly installer: Hex
  readonly drand: Pick<DrandChain, 'publicKey' | 'genesisTime' | 'periodSeconds'>
  readonly schedule: Schedule
  readonly payAsBid: boolean
  /** Stretches the phases of auctions; 1 by default. */
  readonly patience?: number
  /** n + 1 accounts. */
  readonly invited: readonly Hex[]
  /** Date of the first election, Unix seconds. */
  readonly transitionAt: number
}

export function localOptions(terms: LocalTerms): DeployOptions {
  const { installer, drand, schedule, payAsBid, patience, ...seats } = terms
  const timing = demoTiming(schedule, patience)
  return {
    network: 'local',
    installer,
    token: undefined,
    drand,
    schedule,
    registry: { minStake: SIDECAR_STAKE, unbondingEpochs: 2, slashBps: 5_000, reporterBps: 1_000, sink: SINK },
    ledger: { bounty: BOUNTY, seatBounty: BOUNTY },
    quotes: { rates: MONTH_USD, price: TOKEN_PRICE, maxAgeSeconds: FEED_MAX_AGE_SECONDS },
    providers: {
      withdrawalDelay: (timing.longestRounds + timing.settleRounds) * drand.periodSeconds,
      policy: PROVIDERS,
    },
    discipline: DISCIPLINE,
    dividends: DIVIDENDS,
    market: { timing, policy: { ...POLICY, payAsBid } },
    projects: { challengeSeconds: 3 * schedule.periodRounds * drand.periodSeconds, rulingSeconds: 3_600 },
    microPools: MICRO_POOLS,
    council: { ...COUNCIL, ...seats },
    pools: POOLS,
    government: GOVERNMENT,
  }
}
