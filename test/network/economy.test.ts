// What the paper promises to everybody, on real sidecars and a real chain: a job runs from its announcement to its end, and
// whoever took part has its share to the base unit. FP 100, X 300 ANKR and 1 ETH, rates 10 %: the provider has its price, each
// pool 40 and a tenth of the ETH, the requester the rest. Two days later the Reward Pool has paid 30, 40, 20 and 10 %, each
// group by stake: providers by collateral as far as they audited, of which one never did.
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
import { toHex } from '../../src/core/bytes.ts'
import { DEMO_KIND } from '../../src/devnet/market.ts'
import type { EconomyReport, Share } from '../../src/devnet/payday.ts'
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
  contracts = await findEconomy(provider, devnet.contracts.government)
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
