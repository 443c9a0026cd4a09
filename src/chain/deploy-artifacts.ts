// The compiled contracts of a network: what is sent to create one, and what is known of the code that then runs.

import type { Abi } from 'abitype'
import type { Hex } from '../core/types.ts'
import { AEthAbi } from './abi/AEth.ts'
import { AEthBytecode, AEthRuntime } from './bytecode/AEth.ts'
import { AuditLedgerAbi } from './abi/AuditLedger.ts'
import { AuditLedgerBytecode, AuditLedgerRuntime } from './bytecode/AuditLedger.ts'
import { BeaconChainAbi } from './abi/BeaconChain.ts'
import { BeaconChainBytecode, BeaconChainRuntime } from './bytecode/BeaconChain.ts'
import { BeaconsAbi } from './abi/Beacons.ts'
import { BeaconsBytecode, BeaconsRuntime } from './bytecode/Beacons.ts'
import { CommitteeAbi } from './abi/Committee.ts'
import { CommitteeBytecode, CommitteeRuntime } from './bytecode/Committee.ts'
import { CouncilAbi } from './abi/Council.ts'
import { CouncilBytecode, CouncilRuntime } from './bytecode/Council.ts'
import { CustodyAbi } from './abi/Custody.ts'
import { CustodyBytecode, CustodyRuntime } from './bytecode/Custody.ts'
import { DepositContractAbi } from './abi/DepositContract.ts'
import { DepositContractBytecode, DepositContractRuntime } from './bytecode/DepositContract.ts'
import { DevPriceFeedAbi } from './abi/DevPriceFeed.ts'
import { DevPriceFeedBytecode, DevPriceFeedRuntime } from './bytecode/DevPriceFeed.ts'
import { DisciplineAbi } from './abi/Discipline.ts'
import { DisciplineBytecode, DisciplineRuntime } from './bytecode/Discipline.ts'
import { DividendsAbi } from './abi/Dividends.ts'
import { DividendsBytecode, DividendsRuntime } from './bytecode/Dividends.ts'
import { GovernmentAbi } from './abi/Government.ts'
import { GovernmentBytecode, GovernmentRuntime } from './bytecode/Government.ts'
import { InsurancePoolAbi } from './abi/InsurancePool.ts'
import { InsurancePoolBytecode, InsurancePoolRuntime } from './bytecode/InsurancePool.ts'
import { MarketplaceAbi } from './abi/Marketplace.ts'
import { MarketplaceBytecode, MarketplaceRuntime } from './bytecode/Marketplace.ts'
import { MicroPoolAbi } from './abi/MicroPool.ts'
import { MicroPoolBytecode, MicroPoolRuntime } from './bytecode/MicroPool.ts'
import { MicroPoolsAbi } from './abi/MicroPools.ts'
import { MicroPoolsBytecode, MicroPoolsRuntime } from './bytecode/MicroPools.ts'
import { NodesAbi } from './abi/Nodes.ts'
import { NodesBytecode, NodesRuntime } from './bytecode/Nodes.ts'
import { PoolPayoutAbi } from './abi/PoolPayout.ts'
import { PoolPayoutBytecode, PoolPayoutRuntime } from './bytecode/PoolPayout.ts'
import { ProjectsAbi } from './abi/Projects.ts'
import { ProjectsBytecode, ProjectsRuntime } from './bytecode/Projects.ts'
import { ProvidersAbi } from './abi/Providers.ts'
import { ProvidersBytecode, ProvidersRuntime } from './bytecode/Providers.ts'
import { QuotesAbi } from './abi/Quotes.ts'
import { QuotesBytecode, QuotesRuntime } from './bytecode/Quotes.ts'
import { RequestersAbi } from './abi/Requesters.ts'
import { RequestersBytecode, RequestersRuntime } from './bytecode/Requesters.ts'
import { RewardPoolAbi } from './abi/RewardPool.ts'
import { RewardPoolBytecode, RewardPoolRuntime } from './bytecode/RewardPool.ts'
import { SidecarsAbi } from './abi/Sidecars.ts'
import { SidecarsBytecode, SidecarsRuntime } from './bytecode/Sidecars.ts'
import { StakingAbi } from './abi/Staking.ts'
import { StakingBytecode, StakingRuntime } from './bytecode/Staking.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { TestAnkrBytecode, TestAnkrRuntime } from './bytecode/TestAnkr.ts'
import { TiersAbi } from './abi/Tiers.ts'
import { TiersBytecode, TiersRuntime } from './bytecode/Tiers.ts'
import { TimelockAbi } from './abi/Timelock.ts'
import { TimelockBytecode, TimelockRuntime } from './bytecode/Timelock.ts'

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
