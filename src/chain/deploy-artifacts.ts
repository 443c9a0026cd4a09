// The compiled contracts of a network: what is sent to create one, and what is known of the code that then runs.

import type { Abi } from 'abitype'
import type { Hex } from '../core/types.ts'
import { AEthAbi, AEthBytecode, AEthRuntime } from './abi/AEth.ts'
import { AuditLedgerAbi, AuditLedgerBytecode, AuditLedgerRuntime } from './abi/AuditLedger.ts'
import { BeaconChainAbi, BeaconChainBytecode, BeaconChainRuntime } from './abi/BeaconChain.ts'
import { BeaconsAbi, BeaconsBytecode, BeaconsRuntime } from './abi/Beacons.ts'
import { CommitteeAbi, CommitteeBytecode, CommitteeRuntime } from './abi/Committee.ts'
import { CouncilAbi, CouncilBytecode, CouncilRuntime } from './abi/Council.ts'
import { CustodyAbi, CustodyBytecode, CustodyRuntime } from './abi/Custody.ts'
import { DepositContractAbi, DepositContractBytecode, DepositContractRuntime } from './abi/DepositContract.ts'
import { DevPriceFeedAbi, DevPriceFeedBytecode, DevPriceFeedRuntime } from './abi/DevPriceFeed.ts'
import { DisciplineAbi, DisciplineBytecode, DisciplineRuntime } from './abi/Discipline.ts'
import { DividendsAbi, DividendsBytecode, DividendsRuntime } from './abi/Dividends.ts'
import { GovernmentAbi, GovernmentBytecode, GovernmentRuntime } from './abi/Government.ts'
import { InsurancePoolAbi, InsurancePoolBytecode, InsurancePoolRuntime } from './abi/InsurancePool.ts'
import { MarketplaceAbi, MarketplaceBytecode, MarketplaceRuntime } from './abi/Marketplace.ts'
import { MicroPoolAbi, MicroPoolBytecode, MicroPoolRuntime } from './abi/MicroPool.ts'
import { MicroPoolsAbi, MicroPoolsBytecode, MicroPoolsRuntime } from './abi/MicroPools.ts'
import { NodesAbi, NodesBytecode, NodesRuntime } from './abi/Nodes.ts'
import { PoolPayoutAbi, PoolPayoutBytecode, PoolPayoutRuntime } from './abi/PoolPayout.ts'
import { ProjectsAbi, ProjectsBytecode, ProjectsRuntime } from './abi/Projects.ts'
import { ProvidersAbi, ProvidersBytecode, ProvidersRuntime } from './abi/Providers.ts'
import { QuotesAbi, QuotesBytecode, QuotesRuntime } from './abi/Quotes.ts'
import { RequestersAbi, RequestersBytecode, RequestersRuntime } from './abi/Requesters.ts'
import { RewardPoolAbi, RewardPoolBytecode, RewardPoolRuntime } from './abi/RewardPool.ts'
import { SidecarsAbi, SidecarsBytecode, SidecarsRuntime } from './abi/Sidecars.ts'
import { StakingAbi, StakingBytecode, StakingRuntime } from './abi/Staking.ts'
import { TestAnkrAbi, TestAnkrBytecode, TestAnkrRuntime } from './abi/TestAnkr.ts'
import { TiersAbi, TiersBytecode, TiersRuntime } from './abi/Tiers.ts'
import { TimelockAbi, TimelockBytecode, TimelockRuntime } from './abi/Timelock.ts'

/** Code as it runs, with its immutables blank. */
export interface Runtime {
  readonly hash: Hex
  /** Bytes. */
  readonly size: number
  /** Where immutables are: first byte and length. */
  readonly immutables: readonly (readonly [start: number, length: number])[]
}

export interface Artifact<A extends Abi = Abi> {
  /** The contract's name in Solidity. */
  readonly contract: string
  readonly abi: A
  readonly bytecode: string
  readonly runtime: Runtime
}

const artifact = <const A extends Abi>(contract: string, abi: A, bytecode: string, runtime: Runtime): Artifact<A> => ({
  contract,
  abi,
  bytecode,
  runtime,
})

export const ARTIFACTS = {
  token: artifact('TestAnkr', TestAnkrAbi, TestAnkrBytecode, TestAnkrRuntime),
  beacons: artifact('Beacons', BeaconsAbi, BeaconsBytecode, BeaconsRuntime),
  sidecars: artifact('Sidecars', SidecarsAbi, SidecarsBytecode, SidecarsRuntime),
  committee: artifact('Committee', CommitteeAbi, CommitteeBytecode, CommitteeRuntime),
  ledger: artifact('AuditLedger', AuditLedgerAbi, AuditLedgerBytecode, AuditLedgerRuntime),
  staking: artifact('Staking', StakingAbi, StakingBytecode, StakingRuntime),
  insurancePool: artifact('InsurancePool', InsurancePoolAbi, InsurancePoolBytecode, InsurancePoolRuntime),
  rewardPool: artifact('RewardPool', RewardPoolAbi, RewardPoolBytecode, RewardPoolRuntime),
  requesters: artifact('Requesters', RequestersAbi, RequestersBytecode, RequestersRuntime),
  nodes: artifact('Nodes', NodesAbi, NodesBytecode, NodesRuntime),
  council: artifact('Council', CouncilAbi, CouncilBytecode, CouncilRuntime),
  government: artifact('Government', GovernmentAbi, GovernmentBytecode, GovernmentRuntime),
  timelock: artifact('Timelock', TimelockAbi, TimelockBytecode, TimelockRuntime),
  priceFeed: artifact('DevPriceFeed', DevPriceFeedAbi, DevPriceFeedBytecode, DevPriceFeedRuntime),
  quotes: artifact('Quotes', QuotesAbi, QuotesBytecode, QuotesRuntime),
  providers: artifact('Providers', ProvidersAbi, ProvidersBytecode, ProvidersRuntime),
  projects: artifact('Projects', ProjectsAbi, ProjectsBytecode, ProjectsRuntime),
  marketplace: artifact('Marketplace', MarketplaceAbi, MarketplaceBytecode, MarketplaceRuntime),
  discipline: artifact('Discipline', DisciplineAbi, DisciplineBytecode, DisciplineRuntime),
  dividends: artifact('Dividends', DividendsAbi, DividendsBytecode, DividendsRuntime),
  tiers: artifact('Tiers', TiersAbi, TiersBytecode, TiersRuntime),
  custody: artifact('Custody', CustodyAbi, CustodyBytecode, CustodyRuntime),
  depositContract: artifact('DepositContract', DepositContractAbi, DepositContractBytecode, DepositContractRuntime),
  beaconChain: artifact('BeaconChain', BeaconChainAbi, BeaconChainBytecode, BeaconChainRuntime),
  microPools: artifact('MicroPools', MicroPoolsAbi, MicroPoolsBytecode, MicroPoolsRuntime),
  aEth: artifact('AEth', AEthAbi, AEthBytecode, AEthRuntime),
  microPool: artifact('MicroPool', MicroPoolAbi, MicroPoolBytecode, MicroPoolRuntime),
  poolPayout: artifact('PoolPayout', PoolPayoutAbi, PoolPayoutBytecode, PoolPayoutRuntime),
} as const

export type PartName = keyof typeof ARTIFACTS
