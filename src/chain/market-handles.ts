// The contracts of the market, found from the marketplace's address alone, and what of them never changes: the clock its
// rounds are due by, the distances between its phases.

import type { Log as ChainLog } from 'ethers'
import { reject } from '../core/errors.ts'
import type { DrandChain, Hex } from '../core/types.ts'
import { BeaconsAbi } from './abi/Beacons.ts'
import { CommitteeAbi } from './abi/Committee.ts'
import { MarketplaceAbi } from './abi/Marketplace.ts'
import { NodesAbi } from './abi/Nodes.ts'
import { ProjectsAbi } from './abi/Projects.ts'
import { ProvidersAbi } from './abi/Providers.ts'
import { QuotesAbi } from './abi/Quotes.ts'
import { SidecarsAbi } from './abi/Sidecars.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { bindContract } from './contracts.ts'
import type { Contract } from './contracts.ts'
import type { Provider } from './rpc.ts'

/** Distances in drand rounds (`IMarketplace.Timing`). */
export interface Timing {
  readonly bidRounds: number
  readonly certifyRounds: number
  readonly pickRounds: number
  readonly longestRounds: number
  readonly settleRounds: number
}

export interface MarketHandles {
  readonly marketplace: Contract<typeof MarketplaceAbi>
  readonly projects: Contract<typeof ProjectsAbi>
  readonly nodes: Contract<typeof NodesAbi>
  readonly providers: Contract<typeof ProvidersAbi>
  readonly quotes: Contract<typeof QuotesAbi>
  readonly sidecars: Contract<typeof SidecarsAbi>
  readonly committee: Contract<typeof CommitteeAbi>
  readonly beacons: Contract<typeof BeaconsAbi>
  readonly token: Contract<typeof TestAnkrAbi>
  readonly clock: Pick<DrandChain, 'genesisTime' | 'periodSeconds'>
  readonly timing: Timing
  /** EIP-712 domain separator of the network's records, 32 bytes hex. */
  readonly separator: Hex
}

/** What of an event's origin is kept. */
export type Found = Pick<ChainLog, 'transactionHash' | 'blockNumber' | 'topics' | 'data'>

/**
 * @param sidecars The network's registry, when known: a market of another network is refused (`market-mismatch`).
 * Faults: `contract-missing`, `rpc-unreachable`.
 */
export async function findMarket(provider: Provider, address: Hex, sidecars?: Hex): Promise<MarketHandles> {
  const marketplace = bindContract(MarketplaceAbi, address, provider)
  const [registryAt, beacons, committee, providers, quotes] = await marketplace.read('parts', [])
  if (sidecars !== undefined && registryAt !== sidecars)
    throw reject('market-mismatch', 'the marketplace belongs to another network: are both addresses right?', {
      marketplace: address,
      sidecars,
    })
  const registry = bindContract(SidecarsAbi, registryAt, provider)
  const projects = bindContract(ProjectsAbi, await marketplace.read('projects', []), provider)
  const [nodes] = await projects.read('parts', [])
  const { token, clock } = await registry.read('params', [])
  return {
    marketplace,
    projects,
    nodes: bindContract(NodesAbi, nodes, provider),
    providers: bindContract(ProvidersAbi, providers, provider),
    quotes: bindContract(QuotesAbi, quotes, provider),
    sidecars: registry,
    committee: bindContract(CommitteeAbi, committee, provider),
    beacons: bindContract(BeaconsAbi, beacons, provider),
    token: bindContract(TestAnkrAbi, token, provider),
    clock: { genesisTime: Number(clock.genesisTime), periodSeconds: clock.secondsPerRound },
    timing: await marketplace.read('timing', []),
    separator: await registry.read('domainSeparator', []),
  }
}
