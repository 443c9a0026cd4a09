// The auction side of one sidecar, wired: market, pricing, timelock and what the chain says of jobs, around an auctioneer; or
// nothing in its place where no market is configured. sidecar.ts puts it beside the audits.

import { createAuctioneer } from './auction/auctioneer.ts'
import { PRICE_MAX } from './auction/job.ts'
import type { Auctioneer, AuctioneerDeps, AuctioneerStatus, CreateAuctioneer } from './auction/options.ts'
import type { Strategy } from './auction/strategy.ts'
import type { Cursors, Watch } from './chain/events.ts'
import { createJobWatch } from './chain/job-watch.ts'
import { findMarket } from './chain/market-handles.ts'
import { createMarket } from './chain/market.ts'
import type { Outbox } from './chain/outbox.ts'
import type { Provider } from './chain/rpc.ts'
import type { SidecarConfig } from './config/sidecar.ts'
import type { Log, Market, Pricer } from './core/ports.ts'
import { createTimelock } from './core/timelock.ts'
import { RECORD_KINDS } from './core/types.ts'
import type { MarketJob, Network, SignedRecord } from './core/types.ts'
import { createCommandPricer } from './pricing/command.ts'
import { createHttpPricer } from './pricing/http.ts'
import { systemClock } from './system.ts'

/** An external price that takes longer does without: the strategy's own applies. */
const PRICER_LIMIT_MS = 5_000
/** All that a pricing program sees of the environment: where interpreters are found. */
const PRICER_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin' }

/** The market as auctions need it. */
export interface Bazaar {
  readonly market: Market
  readonly watch: (listener: (job: MarketJob) => void) => Watch
}

export interface BazaarDeps {
  readonly cursors: Cursors
  readonly provider: Provider
  readonly outbox: Outbox
  readonly network: Network
  readonly log: Log
  /** How soon and how surely the chain is believed. */
  readonly pace: { readonly confirmations: number; readonly pollMs: number }
}

/** Undefined when no market is configured. Faults: `market-mismatch`, `contract-missing`, `rpc-unreachable`. */
export async function openBazaar(config: SidecarConfig, bazaar: BazaarDeps): Promise<Bazaar | undefined> {
  const { marketplace } = config
  if (marketplace === undefined) return undefined
  const { cursors, provider, outbox, network, log } = bazaar
  const { confirmations, pollMs } = bazaar.pace
  const { sidecars } = network
  const market = await createMarket({ marketplace, sidecars, confirmations }, { provider, outbox })
  const handles = await findMarket(provider, marketplace, sidecars)
  // Without a cursor nothing was watched before: what is under way is read when the auctioneer starts.
  const options = { confirmations, pollMs, fromBlock: await provider.getBlockNumber(), name: 'market' }
  const deps = { provider, handles, cursors, clock: systemClock, log, job: market.job }
  return { market, watch: (listener) => createJobWatch(options, deps, listener) }
}

/** Whose unit is a job and not a period. */
const AUCTION_KINDS: readonly number[] = [
  RECORD_KINDS.bid,
  RECORD_KINDS.auctionStatement,
  RECORD_KINDS.auctionProposal,
  RECORD_KINDS.auctionVote,
  RECORD_KINDS.auctionCertificate,
]
export const isOfAuction = ({ kind }: SignedRecord): boolean => AUCTION_KINDS.includes(kind)

/** The auction side, or nothing in its place. */
export interface Auctions extends Pick<Auctioneer, 'onBeacon' | 'onRecord' | 'bundle' | 'start' | 'stop'> {
  status(): AuctioneerStatus | undefined
}

export const NO_AUCTIONS: Auctions = {
  onBeacon: () => undefined,
  onRecord: async () => ({ verdict: 'ignore', code: 'no-market' }),
  bundle: async () => undefined,
  status: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
}

/** How our provider prices; undefined: never. */
const strategyOf = (config: SidecarConfig): Strategy | undefined =>
  config.bidKinds.length === 0
    ? undefined
    : {
        costs: {
          cpu: config.bidCpuUsd,
          memory: config.bidMemoryUsd,
          storage: config.bidStorageUsd,
          time: config.bidTimeUsd,
        },
        marginBps: config.bidMarginBps,
        heldBack: {
          cpuMilliGhz: Number(config.bidHoldCpuGhz),
          memoryMilliGb: Number(config.bidHoldMemoryGb),
          storageMilliGb: Number(config.bidHoldStorageGb),
        },
        floor: config.bidFloor,
        ceiling: config.bidCeiling ?? PRICE_MAX,
        kinds: config.bidKinds,
      }

/** Who prices instead of our own costs, if anybody. */
function pricerOf({ bidCommand, bidUrl }: SidecarConfig): Pricer | undefined {
  const [file, ...args] = bidCommand
  if (file !== undefined)
    return createCommandPricer({ command: [file, ...args], env: PRICER_ENV, limitMs: PRICER_LIMIT_MS })
  return bidUrl === undefined ? undefined : createHttpPricer({ url: bidUrl, limitMs: PRICER_LIMIT_MS })
}

/** An auctioneer that hears of jobs from the chain. */
export function createAuctions(
  config: SidecarConfig,
  { watch, market }: Bazaar,
  network: Network,
  create: CreateAuctioneer | undefined,
  deps: Omit<AuctioneerDeps, 'market' | 'pricer' | 'timelock'>,
): Auctions {
  const options = { network, staggerRounds: 1, strategy: strategyOf(config), commitOnChain: config.bidOnChain }
  const timelock = createTimelock({ chain: network.drand }, { random: deps.random })
  const auctioneer = (create ?? createAuctioneer)(options, { ...deps, market, timelock, pricer: pricerOf(config) })
  const watching = watch(auctioneer.onJob)
  return {
    ...auctioneer,
    async start() {
      await auctioneer.start()
      watching.start()
    },
    async stop() {
      await watching.stop()
      await auctioneer.stop()
    },
  }
}
