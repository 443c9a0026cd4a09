// What a job costs from its start to its end in whole transactions, on an anvil of its own: four jobs that are ruled on, conceded,
// shown to have failed, and completed, each with profit in both moneys; and what a report of an unresponsive sidecar costs.
// Each at its dearest: results as deep as the largest network makes them, nobody credited before. Deterministic like
// gas-auction.ts, whose market it uses.

import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import { JsonRpcProvider, ZeroHash, id } from 'ethers'
import { createMarket, fundOwners, ownerOf, prepare } from './gas-auction.ts'
import type { Market } from './gas-auction.ts'
import * as scenario from './gas-scenario.ts'
import * as reference from './reference.ts'

const PROVIDERS = 8
/** Of which the others are only leaves. */
const SIDECARS = 4_096
const BIDS = 4
const ANKR = 10n ** 18n
const ETHER = 10n ** 18n
const PERIOD_SECONDS = 60
const EPOCH_PERIODS = 6
const EPOCH_ROUNDS = 120n
const DAY = 86_400
const PREFIX = 'job: '
const CONDUCT = 'conduct: '
const LEAF = ['uint32', 'uint32', 'uint16', 'uint32', 'uint16', 'uint64', 'uint64', 'uint64', 'uint64']

interface World {
  readonly market: Market
  /** Newest period on chain, and its root. */
  base: bigint
  root: string
  now: number
  job: number
}

/** Puts a period's result on chain: of so many periods observed, the sidecars were up in the first `up`. */
async function audit(world: World, period: number, observed: number, up: number) {
  const { chain, ledger, committee, drand, domain } = world.market
  await chain.warp((world.now = scenario.FIRST_PERIOD_AT + period * PERIOD_SECONDS))
  const epoch = Math.floor(period / EPOCH_PERIODS)
  if (period % EPOCH_PERIODS === 0)
    await committee.send('seat', [epoch, drand.sign(scenario.GENESIS_ROUND + BigInt(epoch) * EPOCH_ROUNDS)])
  const leaves = scenario
    .range(SIDECARS)
    .map((i) => [i + 1, i, up < observed ? 0 : 10_000, 35, 4, 21_000_000, observed, 10_000 * up, observed])
  const tree = StandardMerkleTree.of(leaves, LEAF)
  const bundle = id('bundle')
  const content = reference.contentOf(world.base, world.root, tree.root, bundle)
  const digest = reference.typedHash(domain, 'Certificate', { kind: 1, unit: period, epoch, content })
  const seats = scenario.range(PROVIDERS).map((i) => reference.blsSecret(i))
  const certificate = reference.certificate(seats, digest, [])
  await ledger.send('post', [period, world.base, tree.root, bundle, certificate])
  Object.assign(world, { base: BigInt(period), root: tree.root })
  return (sidecar: number) => [period, leaves[sidecar - 1], tree.getProof(sidecar - 1)]
}

/** Auctions a job, starts it in `period` and confirms it by the result of the next. Gives its winner's number. */
async function start(world: World, period: number): Promise<number> {
  const { market } = world
  const { marketplace, projects, rows } = market
  const job = (world.job += 1)
  const auction = await prepare(market, job, BIDS, 0, scenario.FIRST_PERIOD_AT + period * PERIOD_SECONDS + 5)
  await marketplace.send('settle', [job, auction.bids, auction.proofs.slice(0, 2)])
  const winner = auction.cheapest
  rows[`${PREFIX}report the start`] = await marketplace.send('reportStarted', [job, winner], ownerOf(winner - 1))
  const leafOf = await audit(world, period + 1, period + 1, period + 1)
  rows[`${PREFIX}confirm it by an audit`] = await projects.send('confirm', [job, leafOf(winner)])
  rows[`${PREFIX}profit`] = await projects.send('depositProfit', [job, 300n * ANKR])
  rows[`${PREFIX}profit in ETH`] = await projects.send('depositEth', [job], undefined, ETHER)
  return winner
}

async function measureJobs(world: World, requester: string): Promise<void> {
  const { projects, discipline, rows, chain, token, reward, insurance } = world.market
  await token.send('approve', [projects.address, 10_000n * ANKR])
  let winner = await start(world, 1)
  rows[`${PREFIX}dispute`] = await projects.send('dispute', [world.job])
  rows[`${PREFIX}rule`] = await projects.send('rule', [world.job, true, 40n * ANKR])
  rows[`${PREFIX}carry a ruling out`] = await projects.send('resume', [world.job])
  rows[`${PREFIX}forward to the Reward Pool, first`] = await projects.send('forward', [reward.address])
  rows[`${PREFIX}forward to the Insurance Pool, first`] = await projects.send('forward', [insurance.address])
  rows[`${PREFIX}withdraw`] = await projects.send('withdraw', [ownerOf(winner - 1)], ownerOf(winner - 1))
  rows[`${PREFIX}stake profit`] = await projects.send('stakeProfit', [100n * ANKR])
  rows[`${PREFIX}withdraw both moneys`] = await projects.send('withdraw', [requester])
  winner = await start(world, 2)
  rows[`${PREFIX}concede`] = await projects.send('concede', [world.job], ownerOf(winner - 1))
  winner = await start(world, 3)
  const leafOf = await audit(world, 5, 200_000, 4)
  await projects.send('withdraw', [requester])
  rows[`${PREFIX}fail by an audit`] = await projects.send('fail', [world.job, leafOf(winner)])
  await start(world, 5)
  const closing = await audit(world, 7, 200_100, 4)
  const proofs = [leafOf(winner), closing(winner)]
  rows[`${CONDUCT}report an unresponsive sidecar`] = await discipline.send('report', proofs, chain.accounts[1])
  rows[`${CONDUCT}withdraw a reporter’s share`] = await discipline.send('withdrawCredit', [chain.accounts[1]])
  await projects.send('withdraw', [requester])
  await chain.warp(world.now + 61 * DAY)
  rows[`${PREFIX}complete`] = await projects.send('complete', [world.job])
  rows[`${PREFIX}forward to the Reward Pool`] = await projects.send('forward', [reward.address])
  rows[`${PREFIX}forward to the Insurance Pool`] = await projects.send('forward', [insurance.address])
}

/** Gas by row name, in the order measured. */
export async function measureProjects(): Promise<Readonly<Record<string, number>>> {
  return scenario.withAnvil(async (url) => {
    const rpc = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1 })
    try {
      await fundOwners(rpc)
      const market = await createMarket(await scenario.createChain(rpc), PROVIDERS)
      const { nodes, projects, token, chain } = market
      // Pools write nothing here: any contract stands for them.
      await nodes.send('installWriters', [projects.address, token.address])
      await measureJobs({ market, base: reference.NO_BASE, root: ZeroHash, now: 0, job: 0 }, chain.accounts[0] ?? '')
      return Object.fromEntries(
        Object.entries(market.rows).filter(([row]) => row.startsWith(PREFIX) || row.startsWith(CONDUCT)),
      )
    } finally {
      rpc.destroy()
    }
  })
}
