// What an auction costs in whole transactions: 128 providers with one sidecar each, real certificates, beacons and bid
// records, on an anvil of its own. Deterministic like gas-scenario.ts, whose chain it uses. `settle` is measured beside
// the beacon of its pick round, which all auctions of that round share.

import { AbiCoder, JsonRpcProvider, concat, dataSlice, encodeBytes32String, id, keccak256, toBeHex } from 'ethers'
import { AuditLedgerAbi } from '../src/chain/abi/AuditLedger.ts'
import { AuditLedgerBytecode } from '../src/chain/bytecode/AuditLedger.ts'
import { BeaconsAbi } from '../src/chain/abi/Beacons.ts'
import { BeaconsBytecode } from '../src/chain/bytecode/Beacons.ts'
import { CommitteeAbi } from '../src/chain/abi/Committee.ts'
import { CommitteeBytecode } from '../src/chain/bytecode/Committee.ts'
import { DevPriceFeedAbi } from '../src/chain/abi/DevPriceFeed.ts'
import { DevPriceFeedBytecode } from '../src/chain/bytecode/DevPriceFeed.ts'
import { DisciplineAbi } from '../src/chain/abi/Discipline.ts'
import { DisciplineBytecode } from '../src/chain/bytecode/Discipline.ts'
import { DividendsAbi } from '../src/chain/abi/Dividends.ts'
import { DividendsBytecode } from '../src/chain/bytecode/Dividends.ts'
import { InsurancePoolAbi } from '../src/chain/abi/InsurancePool.ts'
import { InsurancePoolBytecode } from '../src/chain/bytecode/InsurancePool.ts'
import { MarketplaceAbi } from '../src/chain/abi/Marketplace.ts'
import { MarketplaceBytecode } from '../src/chain/bytecode/Marketplace.ts'
import { NodesAbi } from '../src/chain/abi/Nodes.ts'
import { NodesBytecode } from '../src/chain/bytecode/Nodes.ts'
import { ProjectsAbi } from '../src/chain/abi/Projects.ts'
import { ProjectsBytecode } from '../src/chain/bytecode/Projects.ts'
import { ProvidersAbi } from '../src/chain/abi/Providers.ts'
import { ProvidersBytecode } from '../src/chain/bytecode/Providers.ts'
import { QuotesAbi } from '../src/chain/abi/Quotes.ts'
import { QuotesBytecode } from '../src/chain/bytecode/Quotes.ts'
import { RequestersAbi } from '../src/chain/abi/Requesters.ts'
import { RequestersBytecode } from '../src/chain/bytecode/Requesters.ts'
import { RewardPoolAbi } from '../src/chain/abi/RewardPool.ts'
import { RewardPoolBytecode } from '../src/chain/bytecode/RewardPool.ts'
import { SidecarsAbi } from '../src/chain/abi/Sidecars.ts'
import { SidecarsBytecode } from '../src/chain/bytecode/Sidecars.ts'
import { StakingAbi } from '../src/chain/abi/Staking.ts'
import { StakingBytecode } from '../src/chain/bytecode/Staking.ts'
import { TestAnkrAbi } from '../src/chain/abi/TestAnkr.ts'
import { TestAnkrBytecode } from '../src/chain/bytecode/TestAnkr.ts'
import * as scenario from './gas-scenario.ts'
import type { Chain, Contract } from './gas-scenario.ts'
import * as reference from './reference.ts'
import type { Domain, LocalDrand } from './reference.ts'

const BIDDERS = 128
const ANKR = 10n ** 18n
const DELAY = 86_400
const CAPACITY = [8_000_000, 32_000_000, 256_000_000]
const REQUIREMENTS = [4_000, 16_000, 128_000, 5_184_000]
const abi = AbiCoder.defaultAbiCoder()

export interface Market {
  readonly chain: Chain
  readonly token: Contract
  readonly sidecars: Contract
  readonly quotes: Contract
  readonly reward: Contract
  readonly insurance: Contract
  readonly domain: Domain
  readonly drand: LocalDrand
  readonly beacons: Contract
  readonly committee: Contract
  readonly ledger: Contract
  readonly nodes: Contract
  readonly requesters: Contract
  readonly providers: Contract
  readonly projects: Contract
  readonly discipline: Contract
  readonly marketplace: Contract
  readonly bidders: number
  readonly rows: Record<string, number>
}

export const ownerOf = (i: number): string => dataSlice(id(`stkr.gas.owner.${i}`), 12)

const addressesOf = (...contracts: readonly Contract[]): readonly string[] => contracts.map(({ address }) => address)

/** Accounts without a key here: anvil sends for anybody. */
export async function fundOwners(provider: JsonRpcProvider): Promise<void> {
  await provider.send('anvil_autoImpersonateAccount', [true])
  for (const i of scenario.range(BIDDERS)) await provider.send('anvil_setBalance', [ownerOf(i), toBeHex(10n ** 20n)])
}

/** A market with so many providers. */
export async function createMarket(chain: Chain, bidders: number): Promise<Market> {
  const authority = chain.accounts[0] ?? ''
  const drand = reference.createLocalDrand(BigInt(id('stkr.gas.drand')) >> 8n)
  const token = await chain.deploy(TestAnkrAbi, TestAnkrBytecode, [])
  const params = [token.address, scenario.STAKE, scenario.CLOCK, 2, 1_000, 2_000, chain.accounts[9]]
  const sidecars = await chain.deploy(SidecarsAbi, SidecarsBytecode, [params])
  const beacons = await chain.deploy(BeaconsAbi, BeaconsBytecode, [drand.publicKey])
  const committee = await chain.deploy(CommitteeAbi, CommitteeBytecode, [sidecars.address, beacons.address, BIDDERS])
  const ledger = await chain.deploy(AuditLedgerAbi, AuditLedgerBytecode, [
    [sidecars.address, committee.address, beacons.address, ANKR, ANKR, [4, 10, 12, 14, 15, 2, 100]],
  ])
  const feed = await chain.deploy(DevPriceFeedAbi, DevPriceFeedBytecode, [8, 10n ** 8n])
  const rates = [5n * ANKR, (1_075n * ANKR) / 1_000n, ANKR / 10n]
  const quotes = await chain.deploy(QuotesAbi, QuotesBytecode, [authority, rates, feed.address, 3_600])
  const reward = await chain.deploy(RewardPoolAbi, RewardPoolBytecode, [
    [token.address, authority, authority, [3_000, 4_000, 2_000, 1_000, 2_500, 2_592_000]],
  ])
  const insurance = await chain.deploy(InsurancePoolAbi, InsurancePoolBytecode, [
    [token.address, authority, reward.address, [ANKR, 64n * ANKR], [ANKR, 32n * ANKR]],
  ])
  const scoring = [100n * ANKR, 10_000n * ANKR, 4_000, 2_000, 2_000, 2_000, 31_536_000]
  const providers = await chain.deploy(ProvidersAbi, ProvidersBytecode, [
    [token.address, sidecars.address, ledger.address, insurance.address, authority, authority, DELAY, scoring],
  ])
  const requesters = await chain.deploy(RequestersAbi, RequestersBytecode, [
    [token.address, reward.address, authority, DELAY],
  ])
  const staking = await chain.deploy(StakingAbi, StakingBytecode, addressesOf(token, sidecars, reward))
  const nodes = await chain.deploy(NodesAbi, NodesBytecode, [...addressesOf(sidecars, staking), authority])
  const served = addressesOf(sidecars, ledger, providers, nodes, requesters, reward, insurance)
  const projects = await chain.deploy(ProjectsAbi, ProjectsBytecode, [
    [...served, authority, authority, [DELAY, DELAY]],
  ])
  const parts = addressesOf(sidecars, beacons, committee, providers, quotes, projects)
  const policy = [1_000, 1_000, 5_000, 2_500, 1, false, 600, 600, 9_000, 3, 5_000]
  const marketplace = await chain.deploy(MarketplaceAbi, MarketplaceBytecode, [
    [...parts, authority, [2, 2, 1, 100, 20], policy],
  ])
  const conduct = [500, 20, 3, 604_800, 2_592_000, 9_000, 10, 1_000, 2_500]
  const judged = addressesOf(sidecars, ledger, providers)
  const discipline = await chain.deploy(DisciplineAbi, DisciplineBytecode, [[...judged, authority, conduct]])
  const paid = addressesOf(sidecars, ledger, providers, reward)
  const dividends = await chain.deploy(DividendsAbi, DividendsBytecode, [[...paid, authority, [10, 30]]])
  await providers.send('install', addressesOf(marketplace, discipline, dividends))
  await projects.send('install', addressesOf(marketplace))
  await reward.send('install', [[authority, ...addressesOf(token, dividends, requesters, staking, nodes)]])
  const domain = { chainId: 31_337n, verifyingContract: sidecars.address }
  const market = {
    chain,
    token,
    sidecars,
    quotes,
    reward,
    insurance,
    domain,
    drand,
    beacons,
    committee,
    ledger,
    nodes,
    requesters,
    providers,
    projects,
    discipline,
    marketplace,
    bidders,
    rows: {},
  }
  await token.send('mint', [authority, 1_000_000n * ANKR])
  await token.send('approve', [marketplace.address, 1_000_000n * ANKR])
  await onboard(market, bidders)
  await committee.send('seat', [0, drand.sign(scenario.GENESIS_ROUND)])
  return market
}

/** Providers with a sidecar each, of the same number: in order where one account sends, or a number is given. */
async function onboard(market: Market, bidders: number): Promise<void> {
  const { chain, rows, providers, domain, token, sidecars } = market
  const all = scenario.range(bidders)
  const application = (i: number) => [`Provider ${i}`, CAPACITY, 500n * ANKR] as const
  const fund = async (i: number): Promise<void> => {
    await token.send('mint', [ownerOf(i), 20_000n * ANKR], ownerOf(i))
    for (const { address } of [sidecars, providers]) await token.send('approve', [address, 20_000n * ANKR], ownerOf(i))
  }
  await Promise.all(all.map(fund))
  for (const i of all) {
    await sidecars.send('register', [scenario.application(domain, ownerOf(i), i)], ownerOf(i))
    rows['provider: apply'] = await providers.send('applyAs', application(i), ownerOf(i))
    rows['provider: qualify'] = await providers.send('qualify', [i + 1, ...application(i)])
  }
  const admit = async (i: number): Promise<void> => {
    rows['provider: enrol a sidecar'] = await providers.send('enrol', [i + 1, i + 1], ownerOf(i))
    rows['provider: deposit'] = await providers.send('deposit', [i + 1, BigInt(1_000 + i) * ANKR], ownerOf(i))
  }
  await Promise.all(all.map(admit))
  await chain.warp(scenario.FIRST_PERIOD_AT + 30)
}

interface Sealed {
  readonly provider: number
  readonly price: bigint
  readonly opening: string
  readonly commitment: string
  readonly ciphertext: string
}

function seal({ domain }: Market, job: number, i: number): Sealed {
  const seed = id(`stkr.gas.bid.${job}.${i}`)
  const price = 40n * ANKR + (BigInt(seed) % (40n * ANKR))
  const salt = dataSlice(keccak256(seed), 12)
  const values = [id('stkr.bid'), reference.separatorOf(domain), job, i + 1, price, salt]
  const types = ['bytes32', 'bytes32', 'uint256', 'uint256', 'uint256', 'uint160']
  const ciphertext = concat([1, 2, 3, 4, 5].map((part) => id(`${seed}.${part}`)))
  const commitment = keccak256(abi.encode(types, values))
  return { provider: i + 1, price, opening: concat([toBeHex(price, 12), salt]), commitment, ciphertext }
}

/** The bid record's signature, as a proof for a place in the list. */
function prove({ domain }: Market, job: number, bid: Sealed, position: number): readonly unknown[] {
  const bodyHash = keccak256(concat([bid.commitment, bid.ciphertext]))
  const value = { kind: 8, author: bid.provider, unit: job, sequence: 0, bodyHash }
  const { v, r, s } = scenario.signingKey(bid.provider - 1).sign(reference.typedHash(domain, 'Record', value))
  return [position, bid.provider, 0, v, r, s, bid.ciphertext]
}

export interface Auction {
  readonly job: number
  readonly bids: readonly (readonly unknown[])[]
  readonly hash: string
  /** Who bid least. */
  readonly cheapest: number
  /** Of all bids, cheapest first. */
  readonly proofs: readonly (readonly unknown[])[]
}

/** Announces, certifies and proves the pick round: all that comes before settling. `void_` of the bids do not open. */
export async function prepare(
  market: Market,
  job: number,
  count: number,
  void_: number,
  now: number,
): Promise<Auction> {
  const { chain, marketplace, rows, beacons, drand, domain, bidders } = market
  await chain.warp(now)
  const round = 1 + Math.floor((now - scenario.GENESIS) / 3)
  const [close, open, pick] = [round + 3, round + 5, round + 6]
  const announcement = [REQUIREMENTS, encodeBytes32String('ethereum'), id('spec'), [close, open, pick], 101n * ANKR]
  rows['announce a job'] = await marketplace.send('announce', [announcement])
  const sealed = scenario.range(count).map((i) => seal(market, job, i))
  const isOpen = (bid: Sealed): boolean => bid.provider > void_
  const bids = sealed.map((bid) => [bid.provider, isOpen(bid), isOpen(bid) ? bid.opening : bid.commitment])
  const entries = sealed.flatMap((bid) => [toBeHex(bid.provider * 256 + (isOpen(bid) ? 1 : 0), 32), bid.commitment])
  const hash = keccak256(concat(entries))
  const digest = reference.typedHash(domain, 'Certificate', { kind: 3, unit: job, epoch: 0, content: hash })
  const seats = scenario.range(bidders).map((i) => reference.blsSecret(i))
  await chain.warp(scenario.GENESIS + open * 3)
  const certificate = reference.certificate(seats, digest, [])
  rows['certify openings'] = await marketplace.send('certifyOpenings', [job, hash, [], certificate])
  await beacons.send('proveRound', [pick, drand.sign(BigInt(pick))])
  const places = sealed.map((_, i) => i).sort((a, b) => ((sealed[a]?.price ?? 0n) < (sealed[b]?.price ?? 0n) ? -1 : 1))
  const proofs = places.flatMap((place) => {
    const bid = sealed[place]
    return bid ? [prove(market, job, bid, place)] : []
  })
  return { job, bids, hash, cheapest: 1 + (places[0] ?? 0), proofs }
}

async function measureMarket(market: Market): Promise<void> {
  const { marketplace, rows } = market
  let now = scenario.FIRST_PERIOD_AT + 60
  let job = 0
  for (const count of [4, 32, 128]) {
    const auction = await prepare(market, (job += 1), count, 0, (now += 60))
    const proofs = auction.proofs.slice(0, 2)
    rows[`settle, ${count} bids`] = await marketplace.send('settle', [job, auction.bids, proofs])
  }
  const spoilt = await prepare(market, (job += 1), 4, 1, (now += 60))
  rows['settle, 4 bids, one of them void'] = await marketplace.send('settle', [job, spoilt.bids, spoilt.proofs])
}

/** Gas by row name, in the order measured. */
export async function measureAuctions(): Promise<Readonly<Record<string, number>>> {
  return scenario.withAnvil(async (url) => {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1 })
    try {
      await fundOwners(provider)
      const market = await createMarket(await scenario.createChain(provider), BIDDERS)
      await measureMarket(market)
      return market.rows
    } finally {
      provider.destroy()
    }
  })
}
