// Every contract that people's money and votes are in, as typed handles, found from one address: the government's, or
// the marketplace's, whose projects know the Reward Pool and through it everybody.

import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { AEthAbi } from './abi/AEth.ts'
import { CouncilAbi } from './abi/Council.ts'
import { CustodyAbi } from './abi/Custody.ts'
import { DisciplineAbi } from './abi/Discipline.ts'
import { DividendsAbi } from './abi/Dividends.ts'
import { InsurancePoolAbi } from './abi/InsurancePool.ts'
import { MarketplaceAbi } from './abi/Marketplace.ts'
import { MicroPoolsAbi } from './abi/MicroPools.ts'
import { NodesAbi } from './abi/Nodes.ts'
import { ProjectsAbi } from './abi/Projects.ts'
import { ProvidersAbi } from './abi/Providers.ts'
import { QuotesAbi } from './abi/Quotes.ts'
import { RequestersAbi } from './abi/Requesters.ts'
import { RewardPoolAbi } from './abi/RewardPool.ts'
import { SidecarsAbi } from './abi/Sidecars.ts'
import { TiersAbi } from './abi/Tiers.ts'
import { bindContract } from './contracts.ts'
import type { Contract } from './contracts.ts'
import { findGovernment } from './government.ts'
import type { GovernmentHandles } from './government.ts'
import type { Provider } from './rpc.ts'

export interface Economy extends GovernmentHandles {
  readonly rewardPool: Contract<typeof RewardPoolAbi>
  readonly insurancePool: Contract<typeof InsurancePoolAbi>
  readonly requesters: Contract<typeof RequestersAbi>
  readonly dividends: Contract<typeof DividendsAbi>
  readonly nodes: Contract<typeof NodesAbi>
  readonly microPools: Contract<typeof MicroPoolsAbi>
  readonly aEth: Contract<typeof AEthAbi>
  readonly tiers: Contract<typeof TiersAbi>
  readonly providers: Contract<typeof ProvidersAbi>
  readonly discipline: Contract<typeof DisciplineAbi>
  readonly quotes: Contract<typeof QuotesAbi>
  readonly marketplace: Contract<typeof MarketplaceAbi>
  readonly projects: Contract<typeof ProjectsAbi>
  readonly sidecars: Contract<typeof SidecarsAbi>
  /** Nothing on chain leads to it: known when its address is given. */
  readonly custody: Contract<typeof CustodyAbi> | undefined
}

/** The government of the network that a marketplace belongs to. Faults: `contract-missing`, `rpc-unreachable`. */
export async function governmentOf(provider: Provider, marketplace: Hex): Promise<Hex> {
  const projects = await bindContract(MarketplaceAbi, marketplace, provider).read('projects', [])
  const [, , rewardPool] = await bindContract(ProjectsAbi, projects, provider).read('parts', [])
  const { council } = await bindContract(RewardPoolAbi, rewardPool, provider).read('sources', [])
  return bindContract(CouncilAbi, council, provider).read('government', [])
}

/** The custody at `address`. Fault `custody-mismatch`: it serves other providers. */
async function custodyOf(provider: Provider, address: Hex, providers: Hex): Promise<Contract<typeof CustodyAbi>> {
  const custody = bindContract(CustodyAbi, address, provider)
  if ((await custody.read('providers', [])) === providers) return custody
  throw reject('custody-mismatch', 'the custody belongs to another network: are both addresses right?', {
    custody: address,
    providers,
  })
}

/** Faults: `contract-missing`, `custody-mismatch`, `rpc-unreachable`. */
export async function findEconomy(provider: Provider, government: Hex, custodyAt?: Hex): Promise<Economy> {
  const ruling = await findGovernment(provider, government)
  const rewardPool = bindContract(RewardPoolAbi, await ruling.staking.read('rewardPool', []), provider)
  const sources = await rewardPool.read('sources', [])
  const nodes = bindContract(NodesAbi, sources.nodes, provider)
  const microPools = bindContract(MicroPoolsAbi, await nodes.read('microPools', []), provider)
  const parts = await microPools.read('parts', [])
  const providers = bindContract(ProvidersAbi, parts.providers, provider)
  const [aEth, projects, marketplace, discipline, sidecars] = await Promise.all([
    microPools.read('aEth', []),
    nodes.read('projects', []),
    providers.read('marketplace', []),
    providers.read('discipline', []),
    ruling.staking.read('sidecars', []),
  ])
  return {
    ...ruling,
    rewardPool,
    nodes,
    microPools,
    providers,
    insurancePool: bindContract(InsurancePoolAbi, parts.insurancePool, provider),
    requesters: bindContract(RequestersAbi, sources.requesters, provider),
    dividends: bindContract(DividendsAbi, sources.providers, provider),
    tiers: bindContract(TiersAbi, parts.tiers, provider),
    quotes: bindContract(QuotesAbi, parts.quotes, provider),
    aEth: bindContract(AEthAbi, aEth, provider),
    marketplace: bindContract(MarketplaceAbi, marketplace, provider),
    discipline: bindContract(DisciplineAbi, discipline, provider),
    projects: bindContract(ProjectsAbi, projects, provider),
    sidecars: bindContract(SidecarsAbi, sidecars, provider),
    custody: custodyAt === undefined ? undefined : await custodyOf(provider, custodyAt, providers.address),
  }
}
