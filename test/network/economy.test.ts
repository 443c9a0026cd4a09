// What the paper promises to everybody, on real sidecars and a real chain: a job runs from its announcement to its end, and
// whoever took part has its share to the base unit. FP 100, X 300 ANKR and 1 ETH, rates 10 %: the provider has its price, each
// pool 40 and a tenth of the ETH, the requester the rest. Two days later the Reward Pool has paid 30, 40, 20 and 10 %, each
// group by stake: providers by collateral as far as they audited, of which one never did. Meanwhile a user's ETH and ANKR were
// delegated, moved by two threshold groups together, and taken back, as the Custody contract has it.
// runs in a pair
// time limit: 300 s

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findEconomy } from '../../src/chain/economy.ts'
import type { Economy } from '../../src/chain/economy.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Provider } from '../../src/chain/rpc.ts'
import { fromHex, toHex, word } from '../../src/core/bytes.ts'
import { isGroupSigned } from '../../src/core/custody.ts'
import { DEMO_KIND } from '../../src/devnet/market.ts'
import type { EconomyReport } from '../../src/devnet/economy.ts'
import type { Share } from '../../src/devnet/payday.ts'
import { startNetwork, stkr, verified } from './support.ts'
import type { TestNetwork } from './support.ts'

const ONE = 10n ** 18n
const FLOORS = ['60', '70', '75']
/** Audits nobody, and is paid for nothing; without it the committee still has its quorum. */
const SILENT = 4
const COLLATERAL = 500n
const PROFIT_STAKED = 100n

const economy = suite('network: economy')
let network: TestNetwork | undefined
/** What is open, last opened first. */
const closers: (() => Promise<void>)[] = []
let provider: Provider
let contracts: Economy
let report: EconomyReport

const running = (): TestNetwork => {
  assert.ok(network, 'the network is running')
  return network
}

economy.before(async () => {
  const strategy = (index: number): Readonly<Record<string, unknown>> =>
    FLOORS[index] === undefined ? {} : { bidKinds: [DEMO_KIND], bidFloor: FLOORS[index] }
  network = await startNetwork(4, [`silent:${SILENT}`], 0.5, { jobs: 1, payAsBid: false, strategy })
  const { devnet } = network
  closers.push(devnet.stop)
  provider = await connectRpc({ urls: [devnet.rpcUrl], timeoutMs: 10_000 })
  closers.push(async () => provider.destroy())
  contracts = await findEconomy(provider, devnet.contracts.government, devnet.contracts.custody)
  report = await devnet.economy()
})
economy.after(async () => {
  for (const close of closers.reverse()) await close()
})

const shareOf = (who: string): Share => {
  const found = report.shares.find((share) => share.who === who)
  assert.ok(found, who)
  return found
}
const many = (role: string, count: number): readonly Share[] =>
  Array.from({ length: count }, (_, i) => shareOf(`${role} ${i + 1}`))

economy('the job was delivered: provider, pools and requester have what the paper says', () => {
  const [job] = running().devnet.state().jobs
  assert.equal([job?.job.state, job?.job.winner, job?.job.price], ['completed', 1, 70n * ONE])
  assert.equal(shareOf('provider 1').jobs, { ankr: 70n * ONE, eth: 0n })
  for (const { who, jobs } of report.shares)
    if (who !== 'provider 1' && who !== 'requester') assert.equal(jobs, { ankr: 0n, eth: 0n }, who)
  assert.equal(report.rewardPool, { ankr: 40n * ONE, eth: ONE / 10n })
  assert.equal(report.insurancePool, { ankr: 40n * ONE, eth: ONE / 10n })
  assert.is(report.profitStaked, PROFIT_STAKED * ONE)
  assert.equal(shareOf('requester').jobs, { ankr: (250n - PROFIT_STAKED) * ONE, eth: (8n * ONE) / 10n })
})

economy('what insures validators is held for them, all of it', async () => {
  const [ankr, eth] = await Promise.all([0, 1].map((asset) => contracts.insurancePool.read('free', [asset])))
  assert.equal([ankr, eth], [40n * ONE, ONE / 10n])
})

/** `parts` of a group's pot by weight; rounded down by less than one base unit each. */
function assertShared(bps: bigint, of: readonly Share[], weights: readonly bigint[], what: string): void {
  const whole = weights.reduce((all, weight) => all + weight, 0n)
  for (const money of ['ankr', 'eth'] as const) {
    const pot = (report.rewardPool[money] * bps) / 10_000n
    for (const [i, { who, rewards }] of of.entries()) {
      const exact = (pot * (weights[i] ?? 0n)) / whole
      const missing = exact - rewards[money]
      assert.ok(missing === 0n || missing === 1n, `${what}: ${who} has ${rewards[money]} of ${exact}, ${money}`)
    }
  }
}

economy('30 % are the governors’, by stake; 10 % are for development', () => {
  assertShared(3_000n, many('governor', 3), [1n, 1n, 1n], 'governors')
  assert.equal(shareOf('development').rewards, { ankr: 4n * ONE, eth: ONE / 100n })
})

/** What a sidecar's reports earned it from one measure to the next, recomputed from the evidence of both periods. */
async function diligenceOf(sidecar: number): Promise<bigint> {
  const { devnet } = running()
  const { dividends } = contracts
  const logs = await provider.getLogs({
    address: dividends.address,
    topics: [dividends.topic('Measured')],
    fromBlock: 0,
    toBlock: 'latest',
  })
  const mine = logs.map((log) => dividends.event('Measured', log)).filter((args) => args.sidecar === sidecar)
  const { from = 0n, to = 0n } = mine.at(-1) ?? {}
  const sums = await Promise.all(
    [from, to].map(async (period) => {
      const { leaves } = await verified(devnet, Number(period), 1)
      return leaves.find(({ id }) => id === sidecar)?.diligenceSum ?? 0
    }),
  )
  return BigInt(Math.floor(((sums[1] ?? 0) - (sums[0] ?? 0)) / Number(to - from)))
}

economy('40 % are the operators’: collateral as far as its sidecars audit, and the requester’s stake', async () => {
  const rates = await Promise.all([1, 2, 3, SILENT].map(diligenceOf))
  assert.ok(
    rates.slice(0, 3).some((rate) => rate > 0n),
    'somebody audits',
  )
  assert.is(rates[SILENT - 1], 0n, 'and the silent one does not')
  const weights = [...rates.map((rate) => (COLLATERAL * ONE * rate) / 10_000n), PROFIT_STAKED * ONE]
  assertShared(4_000n, [...many('provider', 4), shareOf('requester')], weights, 'operators')
  assert.equal(shareOf(`provider ${SILENT}`).rewards, { ankr: 0n, eth: 0n }, 'its collateral earned nothing')
})

economy('20 % are the stakers’, a quarter of it theirs who vote', () => {
  const stakers = many('staker', 3)
  const stakes = [1_000n, 2_000n, 3_000n]
  const votes = [1_000n, 2_000n, 0n]
  for (const money of ['ankr', 'eth'] as const)
    for (const [i, { who, rewards }] of stakers.entries()) {
      const pot = report.rewardPool[money] / 5n
      const exact = (((pot * 3n) / 4n) * (stakes[i] ?? 0n)) / 6_000n + ((pot / 4n) * (votes[i] ?? 0n)) / 3_000n
      const missing = exact - rewards[money]
      assert.ok(missing >= 0n && missing <= 2n, `${who} has ${rewards[money]} of ${exact}, ${money}`)
    }
})

/** Arguments of the only log of `name` with this first topic, and its transaction. */
async function onlyLog<N extends 'KeySet' | 'Delegated' | 'Moved' | 'TakenBack'>(name: N, about: bigint) {
  const { custody } = contracts
  assert.ok(custody)
  const topics = [custody.topic(name), toHex(word(about))]
  const logs = await provider.getLogs({ address: custody.address, topics, fromBlock: 0, toBlock: 'latest' })
  const [log] = logs
  assert.ok(log && logs.length === 1, `${logs.length} of ${name} ${about}`)
  const tx = await provider.getTransaction(log.transactionHash)
  assert.ok(tx, name)
  return { args: custody.event(name, log), tx }
}

economy('custody: both groups have a key, the system’s by decision, provider 1’s by its owner', async () => {
  const { custody, government, timelock, providers } = contracts
  assert.ok(custody)
  const [system, own] = await Promise.all([0, 1].map((group) => custody.read('keyOf', [group])))
  assert.equal([system?.epoch, own?.epoch], [1, 1])
  assert.is.not(system?.key, own?.key)
  const decided = await onlyLog('KeySet', 0n)
  assert.is(decided.tx.to?.toLowerCase(), government.address)
  const execution = await provider.getTransactionReceipt(decided.tx.hash)
  assert.ok(
    execution?.logs.some(({ address }) => address.toLowerCase() === timelock.address),
    'through the timelock',
  )
  const set = await onlyLog('KeySet', 1n)
  assert.is(set.tx.from.toLowerCase(), await providers.read('ownerOf', [1]))
  assert.equal(
    report.custody.groups.map(({ group, threshold, holders, key }) => [group, threshold, holders, key]),
    [
      [0, 2, 3, system?.key],
      [1, 2, 3, own?.key],
    ],
  )
})

economy('custody: two of three holders of each group signed a move together, and nothing else moved', async () => {
  const { custody } = contracts
  assert.ok(custody)
  const { args, tx } = await onlyLog('Moved', 1n)
  assert.equal([args.amount, args.left], [4n * ONE, 6n * ONE])
  assert.is(await provider.getBalance(args.to), 4n * ONE)
  const [move, byProvider, bySystem] = custody.args('move', tx.data) ?? []
  assert.ok(move && byProvider && bySystem)
  const digest = fromHex(await custody.read('moveDigest', [move]))
  const [system, own] = await Promise.all([0, 1].map((group) => custody.read('keyOf', [group])))
  assert.ok(system && own)
  assert.ok(isGroupSigned(fromHex(own.key), digest, fromHex(byProvider)), 'the provider’s group')
  assert.ok(isGroupSigned(fromHex(system.key), digest, fromHex(bySystem)), 'the system’s group')
  const { move: told } = report.custody
  assert.equal([told.tx, told.to, told.amount], [tx.hash, args.to, args.amount])
  assert.equal([told.byProvider.length, told.bySystem.length], [2, 2])
})

economy('custody: a user delegated ETH and ANKR and, after the term, took back all that had not moved', async () => {
  const { custody, token } = contracts
  assert.ok(custody)
  const [inEth, inAnkr] = await Promise.all([1n, 2n].map((id) => onlyLog('Delegated', id)))
  assert.ok(inEth && inAnkr)
  const { owner } = inEth.args
  assert.equal([inEth.args.amount, inEth.args.provider], [10n * ONE, 1])
  assert.equal([inAnkr.args.amount, inAnkr.args.provider, inAnkr.args.owner], [500n * ONE, 1, owner])
  assert.equal([BigInt(inEth.args.token), inAnkr.args.token], [0n, token.address])
  const [ethBack, ankrBack] = await Promise.all([1n, 2n].map((id) => onlyLog('TakenBack', id)))
  assert.equal([ethBack?.args.amount, ankrBack?.args.amount], [6n * ONE, 500n * ONE])
  const left = await Promise.all([1n, 2n].map((id) => custody.read('delegationOf', [id])))
  assert.equal(
    left.map(({ owner: whose, amount, nonce }) => [whose, amount, nonce]),
    [
      [owner, 0n, 1],
      [owner, 0n, 0],
    ],
  )
  assert.is(await provider.getBalance(custody.address), 0n)
  assert.is(await token.read('balanceOf', [custody.address]), 0n)
  assert.is(await token.read('balanceOf', [owner]), 500n * ONE)
  assert.equal(
    report.custody.delegations.map(({ delegation, delegated, moved, takenBack }) => [
      delegation,
      delegated / ONE,
      moved / ONE,
      takenBack / ONE,
    ]),
    [
      [1n, 10n, 4n, 6n],
      [2n, 500n, 0n, 500n],
    ],
  )
})

economy('who is owed takes it, by command line, once', async () => {
  const { devnet } = running()
  const folder = mkdtempSync(join(tmpdir(), 'stkr-economy-'))
  const key = join(folder, 'owner.key')
  writeFileSync(key, toHex(devnet.plans[0]?.keys.record ?? new Uint8Array(32)), { mode: 0o600 })
  const where = ['--rpc-urls', devnet.rpcUrl, '--marketplace', devnet.contracts.marketplace, '--data-dir', folder]
  const to = '0x00000000000000000000000000000000000000f1'
  const withdraw = (): ReturnType<typeof stkr> =>
    stkr('job', 'withdraw', '--to', to, '--key-file', key, '--yes', ...where)
  try {
    const taken = await withdraw()
    assert.is(taken.code, 0, JSON.stringify(taken.json))
    assert.is(await contracts.token.read('balanceOf', [to]), 70n * ONE)
    assert.is((await withdraw()).code, 3, 'nothing is left')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

economy.run()
