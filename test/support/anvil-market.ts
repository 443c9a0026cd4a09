// A market on a test network: its contracts, a provider for each sidecar that shall bid, and sealed bids of them. The
// sidecars belong to their own record keys, so each is the one sidecar of its provider.
import { bindContract } from '../../src/chain/contracts.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import type { DeployOptions, Deployed, MarketPolicy } from '../../src/chain/deploy-options.ts'
import { createMarket } from '../../src/chain/market.ts'
import { openProviderDesk } from '../../src/chain/provider.ts'
import { openRequesterDesk } from '../../src/chain/requester.ts'
import type { RequesterDesk } from '../../src/chain/requester.ts'
import { commitmentOf, sealBid } from '../../src/auction/bid.ts'
import { SealedBidBody } from '../../src/auction/codec.ts'
import { concatBytes, keccak256, toHex, word } from '../../src/core/bytes.ts'
import { epochOf, periodOf } from '../../src/core/clock.ts'
import type { Market } from '../../src/core/ports.ts'
import { recordDigest } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Certificate, ListedBid, MarketJob, SealedBid, SignedRecord } from '../../src/core/types.ts'
import { openOutbox, openOwn } from './anvil-network.ts'
import type { Party, TestNetwork } from './anvil-network.ts'

export const ANKR = 10n ** 18n
export const TIMING = { bidRounds: 4, certifyRounds: 4, pickRounds: 2, longestRounds: 500, settleRounds: 50 }
const PARITY = { usd: 10n ** 8n, decimals: 8 }
const RATES = { cpuUsd: 5n * ANKR, memoryUsd: (1075n * ANKR) / 1000n, storageUsd: ANKR / 10n }

/** The paper's project: 100 USD, here 100 ANKR. */
export const PROJECT = {
  cpuMilliGhz: 4000,
  memoryMilliGb: 16_000,
  storageMilliGb: 128_000,
  durationSeconds: 60 * 24 * 3600,
}

const POLICY: MarketPolicy = {
  rewardBps: 1000,
  insuranceBps: 1000,
  forfeitBps: 5000,
  penaltyBps: 5000,
  shortlist: 1,
  payAsBid: false,
  startSeconds: 60,
  confirmSeconds: 600,
  serviceBps: 9000,
  leastPeriods: 3,
  lossBps: 5000,
}

const PROVIDERS = {
  minCollateral: 100n * ANKR,
  maxCollateral: 1000n * ANKR,
  stakeWeight: 2500,
  priceWeight: 2500,
  runningTimeWeight: 2500,
  uptimeWeight: 2500,
  fullRunningSeconds: 30 * 24 * 3600,
}

/** What `startNetwork` is told for a market of these tests. */
export const MARKET: Pick<DeployOptions, 'market' | 'providers' | 'quotes'> = {
  market: { timing: TIMING, policy: POLICY },
  providers: { withdrawalDelay: 3600, policy: PROVIDERS },
  quotes: { rates: RATES, price: PARITY, maxAgeSeconds: 7 * 24 * 3600 },
}

export interface TestMarket extends Deployed {
  readonly net: TestNetwork
  /** As the deployer: requester. */
  readonly market: Market
  readonly marketOf: (party: Pick<Party, 'provider' | 'outbox'>) => Promise<Market>
  readonly desk: RequesterDesk
  /** The outbox of a sidecar's own record key, by index from 0. */
  readonly own: (index: number) => Promise<Party>
  /** Announces the paper's project; bidding is open until `close`. */
  readonly announce: (close: number) => Promise<MarketJob>
}

const CAPACITY = { cpuMilliGhz: 64_000, memoryMilliGb: 256_000, storageMilliGb: 2_000_000 }

/** Makes the owners of the first `bidders` sidecars providers 1, 2, …, qualified by decision; `net` started with MARKET. */
export const startMarket = async (
  net: TestNetwork,
  bidders: number,
  policy: Partial<MarketPolicy> = {},
): Promise<TestMarket> => {
  const deployed = net.contracts
  const own = async (index: number): Promise<Party> => {
    const keys = net.sidecars[index]
    if (!keys) throw new Error(`no sidecar ${index}`)
    return openOutbox(net.anvil.url, toHex(keys.recordKey))
  }
  const { handles } = await openProviderDesk(deployed.marketplace, net)
  if (Object.keys(policy).length > 0)
    await net.decided(handles.marketplace.call('setPolicy', [{ ...POLICY, ...policy }]))
  for (const [i, keys] of net.sidecars.slice(0, bidders).entries()) {
    const party = await openOwn(net, keys, 1000n * ANKR)
    const desk = await openProviderDesk(deployed.marketplace, party)
    const application = { brand: `provider ${i + 1}`, capacity: CAPACITY, ceiling: 1000n * ANKR }
    const id = await desk.apply(application)
    const { brand, capacity, ceiling } = application
    await net.decided(handles.providers.call('qualify', [id, brand, capacity, ceiling]))
    await desk.stake(id, 500n * ANKR)
    await desk.enrol(id, i + 1)
    await party.outbox.stop()
  }
  const token = bindContract(TestAnkrAbi, net.contracts.token, net.provider)
  await net.outbox.submit({ key: 'mint:requester', ...token.call('mint', [net.outbox.sender, 10_000n * ANKR]) })
  const marketOf = (party: Pick<Party, 'provider' | 'outbox'>) =>
    createMarket({ marketplace: deployed.marketplace, sidecars: net.contracts.sidecars, confirmations: 1 }, party)
  const market = await marketOf(net)
  const desk = await openRequesterDesk(deployed.marketplace, net)

  const announce = async (close: number): Promise<MarketJob> => {
    const rounds = { close, open: close + TIMING.certifyRounds, pick: close + TIMING.certifyRounds + TIMING.pickRounds }
    const request = { kind: 'ethereum', specHash: toHex(keccak256(word(close))), requirements: PROJECT, rounds }
    const steps = await desk.planAnnouncement({ ...request, maxFixedPrice: 100n * ANKR })
    const tx = (await desk.send(steps)).at(-1)?.tx
    const job = tx && (await market.job(await desk.announcedBy(tx)))
    if (!job) throw new Error('the announcement has no job')
    return job
  }
  return { ...deployed, net, market, marketOf, desk, own, announce }
}

/** A provider's bid with its salt known, and its record by the provider's sidecar (same number). */
export interface TestBid {
  readonly provider: number
  readonly bid: SealedBid
  readonly opening: Uint8Array
  readonly record: SignedRecord
}

/** Nobody opens it in these tests: the ciphertext is any 160 bytes. */
export const bidOf = async (net: TestNetwork, job: MarketJob, provider: number, price: bigint): Promise<TestBid> => {
  const { separator } = await net.ledger.network()
  const context = { separator, job, provider }
  const timelock = { seal: () => new Uint8Array(160).fill(provider) }
  const random = (length: number) => keccak256(word(provider), word(price)).subarray(0, length)
  const { opening } = sealBid(context, price > job.rules.reserve ? 0n : price, 0, { timelock, random })
  const priced = price > job.rules.reserve ? concatBytes(word(price).subarray(20), opening.subarray(12)) : opening
  const bid = { commitment: commitmentOf(context, priced), ciphertext: timelock.seal() }
  const body = SealedBidBody.serialize(bid)
  const header = { kind: RECORD_KINDS.bid, author: provider, unit: job.id, sequence: 0, body }
  const signer = net.sidecars[provider - 1]?.record
  if (!signer) throw new Error(`no sidecar ${provider}`)
  const record = { ...header, signature: signer.sign(recordDigest(separator, header, keccak256(body))) }
  return { provider, bid, opening: priced, record }
}

/** What the committee certifies of these bids (in provider order); those in `unopened` did not open. */
export const certifyBids = async (
  net: TestNetwork,
  job: MarketJob,
  bids: readonly TestBid[],
  unopened: readonly number[] = [],
): Promise<{ readonly list: readonly ListedBid[]; readonly certificate: Certificate }> => {
  const opened = ({ provider }: TestBid) => !unopened.includes(provider)
  const list = bids.map((one) => ({
    provider: one.provider,
    opened: opened(one),
    content: opened(one) ? one.opening : one.bid.commitment,
  }))
  const words = bids.flatMap((one) => [word(one.provider * 256 + (opened(one) ? 1 : 0)), one.bid.commitment])
  const { schedule } = await net.ledger.network()
  const epoch = epochOf(schedule, periodOf(schedule, job.closeRound))
  const certificate = await net.certifyAny({ kind: 3, unit: job.id, epoch, content: keccak256(concatBytes(...words)) })
  return { list, certificate }
}
