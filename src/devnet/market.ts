// The market of a local network: a provider for each sidecar with capacity, collateral and a price of its own. Promises
// that provider i is the owner of sidecar i. The government qualifies them (government.ts): nobody else could.

import type { Call } from '../chain/contracts.ts'
import type { MarketHandles } from '../chain/market-handles.ts'
import { openProviderDesk } from '../chain/provider.ts'
import type { Application, ProviderDeps } from '../chain/provider.ts'
import type { Hex, Requirements } from '../core/types.ts'
import { MONTH_USD, TOKEN } from './terms.ts'

/** Every job of a local network: the paper's project, but for seconds; rates and price make it cost 100 ANKR all the same. */
export const DEMO_JOB: Requirements = {
  cpuMilliGhz: 4_000,
  memoryMilliGb: 16_000,
  storageMilliGb: 128_000,
  durationSeconds: 10,
}
/** What every such job earns: the paper's X, and ETH beside it. */
export const DEMO_PROFIT = { ankr: 300n * TOKEN, eth: 10n ** 18n }
export const DEMO_KIND = 'ethereum'
const CAPACITY = { cpuMilliGhz: 64_000, memoryMilliGb: 256_000, storageMilliGb: 2_048_000 }
const COLLATERAL = 500n * TOKEN
const CEILING = 1_000n * TOKEN
/** What each sidecar's account needs besides its stake. */
export const PROVIDER_ANKR = COLLATERAL

/** Own cost of provider `index`, in percent of the unit rates: each another, the dearest near the reserve. */
const COST_PERCENT = [62, 55, 68, 58, 71, 65, 52, 74] as const

const decimalText = (amount: bigint): string => `${amount / TOKEN}.${(amount % TOKEN).toString().padStart(18, '0')}`

/** What a person would write into the configuration of node `index` (from 0). */
export function demoStrategy(index: number): Readonly<Record<string, unknown>> {
  const percent = BigInt(COST_PERCENT[index % COST_PERCENT.length] ?? 60)
  const usd = (rate: bigint): string => decimalText((rate * percent) / 100n)
  return {
    bidKinds: [DEMO_KIND],
    bidCpuUsd: usd(MONTH_USD.cpuUsd),
    bidMemoryUsd: usd(MONTH_USD.memoryUsd),
    bidStorageUsd: usd(MONTH_USD.storageUsd),
    bidMarginBps: 500,
  }
}

/** What the owner of sidecar `id` applies with. */
const applicationOf = (id: number): Application => ({ brand: `node ${id}`, capacity: CAPACITY, ceiling: CEILING })

/** What governors decide to put providers 1 … `count` into force. */
export const qualifications = ({ providers }: Pick<MarketHandles, 'providers'>, count: number): readonly Call[] =>
  Array.from({ length: count }, (_, i) => {
    const { brand, capacity, ceiling } = applicationOf(i + 1)
    return providers.call('qualify', [i + 1, brand, capacity, ceiling])
  })

/** Applies for the owner of sidecar `id`, which must be the next to apply. */
export async function applyAsProvider(marketplace: Hex, id: number, account: ProviderDeps): Promise<void> {
  const desk = await openProviderDesk(marketplace, account)
  await desk.apply(applicationOf(id))
}

/** Collateral, and the right to bid for the sidecar. */
export async function equipProvider(marketplace: Hex, id: number, account: ProviderDeps): Promise<void> {
  const desk = await openProviderDesk(marketplace, account)
  await desk.stake(id, COLLATERAL)
  await desk.enrol(id, id)
}
