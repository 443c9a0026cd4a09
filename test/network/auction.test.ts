// The paper's example, end to end on real sidecars and a real chain: bids 60, 70 and 75, FP 100, X 300, rates 10 %. Vickrey
// pays 70, pools 40 and 40, requester 250; payAsBid pays 60, 40, 40 and 260: to the base unit. Then what the command line
// says of it, and that it verifies from public data.
// runs in a pair
// time limit: 300 s

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RewardPoolAbi } from '../../src/chain/abi/RewardPool.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { createOutbox } from '../../src/chain/outbox.ts'
import type { Outbox } from '../../src/chain/outbox.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Provider } from '../../src/chain/rpc.ts'
import { ZERO_32, fromHex, toHex } from '../../src/core/bytes.ts'
import { roundAt } from '../../src/core/clock.ts'
import { DEMO_JOB, DEMO_KIND } from '../../src/devnet/market.ts'
import { openJobOffice } from '../../src/job-report.ts'
import type { JobOffice, JobReport } from '../../src/job-report.ts'
import { silentLog, systemClock } from '../../src/system.ts'
import { ANVIL_KEYS } from '../support/anvil.ts'
import { startNetwork, stkr } from './support.ts'
import type { TestNetwork } from './support.ts'

const ANKR = 10n ** 18n
const X = 300n * ANKR

const auction = suite('network auction')
let network: TestNetwork | undefined
/** What is open, last opened first. */
const closers: (() => Promise<void>)[] = []
let office: JobOffice
let outbox: Outbox
let provider: Provider

/** Costs nothing and bids its floor: a bid of exactly that. The fourth sidecar only serves on the committee. */
const FLOORS = ['60', '70', '75']
const strategy = (index: number): Readonly<Record<string, unknown>> =>
  FLOORS[index] === undefined ? {} : { bidKinds: [DEMO_KIND], bidFloor: FLOORS[index] }

auction.before(async () => {
  network = await startNetwork(4, [], 0.5, { jobs: 1, payAsBid: false, strategy })
  const { devnet } = network
  closers.push(devnet.stop)
  provider = await connectRpc({ urls: [devnet.rpcUrl], timeoutMs: 10_000 })
  const sending = { senderKey: fromHex(ANVIL_KEYS[0]), confirmations: 1, pollMs: 50, replaceAfterMs: 30_000 }
  outbox = createOutbox(
    { ...sending, feeCeiling: 10n ** 12n },
    { provider, pending: createVolatilePending(), clock: systemClock, log: silentLog },
  )
  await outbox.start()
  closers.push(outbox.stop)
  office = await openJobOffice(devnet.marketplace ?? '0x', { provider, outbox })
})
auction.after(async () => {
  for (const close of closers.reverse()) await close()
})

const running = (): TestNetwork => {
  assert.ok(network, 'the network is running')
  return network
}

/** The job once `done`; a settled job must come there within a minute and a half of a loaded machine. */
async function until(id: number, what: string, done: (report: JobReport) => boolean): Promise<JobReport> {
  for (let tries = 0; tries < 450; tries++) {
    const report = await office.report(id)
    if (report && done(report)) return report
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`job ${id} never was ${what}`)
}

/** Who has what now: in ANKR, and what there is in ETH; the pools with what waits to be forwarded to them. */
async function holdings(winner: number): Promise<Readonly<Record<string, bigint>>> {
  const { projects, providers } = office.desk.handles
  const owner = await providers.read('ownerOf', [winner])
  const [paid, requester] = await Promise.all([owner, outbox.sender].map((who) => projects.read('creditOf', [who])))
  const { rewardPool, insurancePool } = running().devnet.contracts
  const bound = [rewardPool, insurancePool].map((at) => bindContract(RewardPoolAbi, at, provider))
  const [reward, insurance] = await Promise.all(bound.map((pool) => pool.read('total', [])))
  const [rewardEth, insuranceEth] = await Promise.all(bound.map((pool) => pool.read('totalEth', [])))
  const [toReward, toInsurance] = await Promise.all(
    [rewardPool, insurancePool].map((pool) => projects.read('owedTo', [pool])),
  )
  return {
    provider: paid?.ankr ?? 0n,
    requester: requester?.ankr ?? 0n,
    requesterEth: requester?.eth ?? 0n,
    ...{
      reward: (reward ?? 0n) + (toReward?.ankr ?? 0n),
      insurance: (insurance ?? 0n) + (toInsurance?.ankr ?? 0n),
      rewardEth: (rewardEth ?? 0n) + (toReward?.eth ?? 0n),
      insuranceEth: (insuranceEth ?? 0n) + (toInsurance?.eth ?? 0n),
    },
  }
}

const difference = (after: Readonly<Record<string, bigint>>, before: Readonly<Record<string, bigint>>) =>
  Object.fromEntries(Object.entries(after).map(([name, amount]) => [name, amount - (before[name] ?? 0n)]))

/** Deposits X, waits until the job's time is over, completes it, and says who got what. */
async function payOut(id: number): Promise<Readonly<Record<string, bigint>>> {
  const { projects, token } = office.desk.handles
  const started = await until(id, 'running', ({ job }) => job.state === 'running')
  const before = await holdings(started.job.winner)
  await outbox.submit({ key: `approve:${id}`, ...token.call('approve', [projects.address, X]) })
  await outbox.submit({ key: `profit:${id}`, ...projects.call('depositProfit', [BigInt(id), X]) })
  await outbox.submit({ key: `eth:${id}`, ...projects.call('depositEth', [BigInt(id)]), value: X })
  while (Date.now() / 1000 < started.job.deadlineAt + 2) await new Promise((resolve) => setTimeout(resolve, 200))
  await outbox.submit({ key: `complete:${id}`, ...projects.call('complete', [BigInt(id)]) })
  return difference(await holdings(started.job.winner), before)
}

auction('vickrey: 60 wins and is paid 70; everybody gets the paper’s share', async () => {
  const { devnet } = running()
  const [report] = await devnet.jobs()
  assert.ok(report)
  assert.is(report.job.fixedPrice, 100n * ANKR)
  assert.is(report.job.rules.reserve, 80n * ANKR)
  assert.equal(
    report.bids?.map(({ price }) => price),
    [60n * ANKR, 70n * ANKR, 75n * ANKR],
  )
  assert.is(report.job.winner, 1)
  assert.is(report.job.price, 70n * ANKR)
  assert.equal(
    report.odds.map(({ provider }) => provider),
    [1],
  )
  // The local network's requester pays in 300 ANKR and 1 ETH, and ends the job when its time is over.
  await until(report.job.id, 'completed', ({ job }) => job.state === 'completed')
  assert.equal(await holdings(report.job.winner), {
    provider: 70n * ANKR,
    requester: 250n * ANKR,
    requesterEth: (8n * ANKR) / 10n,
    ...{ reward: 40n * ANKR, insurance: 40n * ANKR },
    ...{ rewardEth: ANKR / 10n, insuranceEth: ANKR / 10n },
  })
})

auction('payAsBid: 60 wins and is paid 60', async () => {
  const { marketplace, timing, clock } = office.desk.handles
  const policy = await marketplace.read('policy', [])
  const change = marketplace.call('setPolicy', [{ ...policy, payAsBid: true }])
  await running().devnet.government.decide('Pay winners their own bids', [change])
  const close = roundAt(clock, Date.now()) + 3 + timing.bidRounds
  const open = close + timing.certifyRounds
  const rounds = { close, open, pick: open + timing.pickRounds }
  const job = { kind: DEMO_KIND, specHash: toHex(ZERO_32), requirements: DEMO_JOB, rounds }
  const sent = await office.desk.send(await office.desk.planAnnouncement({ ...job, maxFixedPrice: 100n * ANKR }))
  const id = await office.desk.announcedBy(sent.at(-1)?.tx ?? '0x')
  const report = await until(id, 'settled', ({ job: { state } }) => !['announced', 'certified'].includes(state))
  assert.is(report.job.winner, 1)
  assert.is(report.job.price, 60n * ANKR)
  assert.equal(await payOut(id), {
    provider: 60n * ANKR,
    requester: 260n * ANKR,
    requesterEth: 240n * ANKR,
    ...{ reward: 40n * ANKR, insurance: 40n * ANKR },
    ...{ rewardEth: 30n * ANKR, insuranceEth: 30n * ANKR },
  })
})

auction('the command line shows the job, and verifies it from public data, but not when a byte differs', async () => {
  const { devnet } = running()
  const market = ['--rpc-urls', devnet.rpcUrl, '--marketplace', devnet.marketplace ?? '']
  const nowhere = ['--data-dir', join(tmpdir(), 'stkr-no-such-directory')]
  const shown = await stkr('job', 'show', '1', ...market, ...nowhere)
  assert.is(shown.code, 0, JSON.stringify(shown.json))
  const { job, bids } = shown.json as { job: { winner: number; price: string }; bids: readonly object[] }
  assert.equal([job.winner, job.price, bids.length], [1, String(70n * ANKR), 3])

  const quoted = await stkr(
    'job',
    'quote',
    '--cpu',
    '4',
    '--memory',
    '16',
    '--storage',
    '128',
    '--time',
    '10s',
    ...market,
    ...nowhere,
  )
  assert.is((quoted.json as { fixedPrice: string }).fixedPrice, String(100n * ANKR))

  const where = [...market, '--ledger', devnet.ledger, '--drand-relays', devnet.drandRelay, ...nowhere]
  const folder = mkdtempSync(join(tmpdir(), 'stkr-bundle-'))
  const file = join(folder, 'bundle')
  const good = await stkr('verify', 'job', '1', ...where, '--peer', devnet.plans[3]?.address ?? '', '--save', file)
  assert.is(good.code, 0, `job 1 verifies: ${JSON.stringify(good.json)}`)
  assert.equal((good.json as { bids: number; winner: number }).bids, 3)
  const bundle = readFileSync(file)
  const at = bundle.length >> 1
  bundle[at] = (bundle[at] ?? 0) ^ 1
  writeFileSync(file, bundle)
  const bad = await stkr('verify', 'job', '1', ...where, '--bundle', file)
  rmSync(folder, { recursive: true })
  assert.is(bad.code, 1, JSON.stringify(bad.json))
  assert.ok((bad.json as { where: string }).where, 'says where')
})

auction('a dry run shows what would be sent, with gas, and sends nothing', async () => {
  const { devnet } = running()
  const folder = mkdtempSync(join(tmpdir(), 'stkr-key-'))
  const key = join(folder, 'requester.key')
  writeFileSync(key, ANVIL_KEYS[0], { mode: 0o600 })
  const total = () => office.desk.handles.marketplace.read('total', [])
  const before = await total()
  const size = ['--cpu', '4', '--memory', '16', '--storage', '128', '--time', '10s']
  const market = ['--rpc-urls', devnet.rpcUrl, '--marketplace', devnet.marketplace ?? '', '--data-dir', folder]
  const submit = ['job', 'submit', '--kind', DEMO_KIND, ...size, '--key-file', key, ...market]
  const dry = await stkr(...submit)
  assert.is(dry.code, 0, JSON.stringify(dry.json))
  const { steps, sent } = dry.json as { steps: readonly { name: string }[]; sent: readonly object[] }
  assert.is(steps.at(-1)?.name, 'announce')
  assert.equal(sent, [])
  assert.is(await total(), before)
  const real = await stkr(...submit, '--yes')
  assert.is((real.json as { job: number }).job, Number(before) + 1)
  const early = await stkr('job', 'cancel', String(before + 1n), '--key-file', key, ...market)
  assert.is((early.json as { code: string }).code, 'revert-deadline-not-passed', 'a paid job cannot be withdrawn')
  rmSync(folder, { recursive: true })
})

auction.run()
