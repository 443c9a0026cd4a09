// Everybody cheats at once, on real sidecars and a real chain: four jobs among eight nodes, with bidders, committee members
// and leaders that misbehave, a winner that is killed before the settlement, and a stranger that settles. Each job comes
// out as its honest bids and the rules say, each attack leaves its code, and what sidecars had on their disks before the
// open round opens nothing.
// runs in a pair
// time limit: 480 s

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyJob } from '../../src/auction/verify.ts'
import { listOf, proofsOf } from '../../src/chain/market-bids.ts'
import { createMarket } from '../../src/chain/market.ts'
import { createOutbox } from '../../src/chain/outbox.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { roundAt } from '../../src/core/clock.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { MeshEvent, Posting } from '../../src/core/ports.ts'
import { DEMO_KIND } from '../../src/devnet/market.ts'
import { openJobOffice } from '../../src/job-report.ts'
import type { JobOffice } from '../../src/job-report.ts'
import { silentLog, systemClock } from '../../src/system.ts'
import { createDice, SEED } from '../auction/random.ts'
import { ANVIL_KEYS } from '../support/anvil.ts'
import { codeRejected } from '../support/faults.ts'
import { mutate } from '../support/mutations.ts'
import { bundleOf, factsOf, settlementOf } from './stranger.ts'
import { startNetwork, stkr } from './support.ts'
import type { TestNetwork } from './support.ts'

const ANKR = 10n ** 18n
const NODES = 8
/** Bids of providers 1 to 6; sidecars 7 and 8 only serve on committees. */
const PRICES = [60, 62, 64, 66, 68, 70]
const WINNER = 1
const FAULTS = [
  ...['latebid:1@job1', 'garbage:2@job1', 'rebid:4@job1', 'mute:8@job1'],
  ...['overbid:2@job2', 'censored:3@job2', 'copycat:4@job2', 'idle:all@job2'],
  // The mute one and the killed one are all that may fail: f = 2 of 8.
  ...['omit:all@job3', `kill:${WINNER}@job3`],
  'twosets:all@job4',
]
/** Admitted providers, why bids are void, who wins and at what price in ANKR: as the honest bids say. */
const OUTCOMES = [
  { admitted: [2, 3, 4, 5, 6], voids: { 2: 'timelock-point' }, winner: 3, price: 66 },
  { admitted: [1, 2, 3, 4, 5, 6], voids: { 2: 'bid-above-reserve', 4: 'bid-mismatch' }, winner: WINNER, price: 64 },
  { admitted: [1, 2, 3, 4, 5, 6], voids: {}, winner: WINNER, price: 62 },
  { admitted: [1, 2, 3, 4, 5, 6], voids: {}, winner: WINNER, price: 62 },
] as const

const attacks = suite(`network: attacks on auctions (seed ${SEED})`)
let network: TestNetwork | undefined
let office: JobOffice
/** What is open, last opened first. */
const closers: (() => Promise<void>)[] = []

const running = (): TestNetwork => {
  assert.ok(network, 'the network is running')
  return network
}

/** Anvil's second account: no sidecar's. */
async function openStranger(rpcUrl: string) {
  const provider = await connectRpc({ urls: [rpcUrl], timeoutMs: 10_000 })
  const sending = { senderKey: fromHex(ANVIL_KEYS[1]), confirmations: 1, pollMs: 50, replaceAfterMs: 30_000 }
  const outbox = createOutbox(
    { ...sending, feeCeiling: 10n ** 12n },
    { provider, pending: createVolatilePending(), clock: systemClock, log: silentLog },
  )
  await outbox.start()
  closers.push(outbox.stop)
  return { provider, outbox }
}

let stranger: Awaited<ReturnType<typeof openStranger>>

attacks.before(async () => {
  const strategy = (index: number): Readonly<Record<string, unknown>> =>
    PRICES[index] === undefined ? {} : { bidKinds: [DEMO_KIND], bidFloor: String(PRICES[index]) }
  network = await startNetwork(NODES, FAULTS, 0.5, { jobs: OUTCOMES.length, payAsBid: false, patience: 2, strategy })
  const { devnet } = network
  closers.push(devnet.stop)
  stranger = await openStranger(devnet.rpcUrl)
  office = await openJobOffice(devnet.marketplace ?? '0x', stranger)
})
attacks.after(async () => {
  for (const close of closers.reverse()) await close()
})

/** Patient beyond any load: a network that stands still fails by its own watchdog. */
async function until<T>(what: string, found: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 1_200; tries++) {
    const value = await found()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`never: ${what}`)
}

const told = (): readonly { readonly id: number; readonly event: MeshEvent }[] =>
  running().reports.flatMap((report) =>
    report.type === 'sidecar' && report.message.type === 'event'
      ? [{ id: report.id, event: report.message.event }]
      : [],
  )

const eventsOf = <T extends MeshEvent['type']>(type: T) =>
  told().flatMap(({ event }) => (event.type === type ? [event as Extract<MeshEvent, { type: T }>] : []))

/** Every file of every sidecar, by node id. */
const filesOf = (): ReadonlyMap<number, readonly Buffer[]> =>
  new Map(
    running().devnet.plans.map(({ id, dataDir }) => [
      id,
      readdirSync(dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
    ]),
  )

let before: ReturnType<typeof filesOf>

attacks('bids are closed: what all sidecars have on disk is taken before they open', async () => {
  const { devnet } = running()
  await until('everybody stated', () => (eventsOf('bids-stated').length >= NODES ? true : undefined))
  before = filesOf()
  const { job } = await until('job 1', () => office.report(1))
  assert.ok(roundAt(devnet.drand, Date.now()) < job.openRound, 'taken in time')
})

let posting: Posting

attacks('a stranger settles what no sidecar does; a second settlement changes nothing', async () => {
  const { devnet } = running()
  const job = 2
  await until('openings certified', async () => {
    const report = await office.report(job)
    return report?.job.state === 'certified' ? true : undefined
  })
  const facts = await factsOf(devnet, job)
  const settlement = await settlementOf(await bundleOf(devnet, facts, job, 8), facts)
  const { sidecars } = facts.network
  const market = await createMarket({ marketplace: devnet.marketplace ?? '0x', sidecars, confirmations: 1 }, stranger)
  posting = await market.settle(...settlement)
  assert.is(posting.ours, true, 'the stranger did it')
  assert.equal(await market.settle(...settlement), posting, 'done already is found, not sent')
  const { handles } = office.desk
  const [, bids, proofs] = settlement
  const again = handles.marketplace.call('settle', [BigInt(job), listOf(bids), await proofsOf(handles, proofs)])
  assert.is(await codeRejected(stranger.outbox.submit({ key: 'again', ...again })), 'revert-already-settled')
})

attacks('every job comes out as its honest bids and the rules say', async () => {
  const { devnet } = running()
  await devnet.jobs()
  for (const [i, { admitted, voids, winner, price }] of OUTCOMES.entries()) {
    const report = await office.report(i + 1)
    assert.ok(report?.bids, `job ${i + 1} is settled`)
    assert.equal(
      report.bids.map(({ provider }) => provider),
      admitted,
      `job ${i + 1}: admitted`,
    )
    const opened = eventsOf('bids-opened').filter(({ job }) => job === i + 1)
    assert.ok(opened.length > 0, `job ${i + 1}: opened`)
    for (const { bids } of opened)
      assert.equal(
        Object.fromEntries(bids.flatMap(({ provider, code }) => (code === undefined ? [] : [[provider, code]]))),
        voids,
        `job ${i + 1}: void`,
      )
    assert.is(report.job.winner, winner, `job ${i + 1}: winner`)
    assert.is(report.job.price, BigInt(price) * ANKR, `job ${i + 1}: price`)
  }
  assert.is((await office.report(2))?.tx, posting.tx, 'settled by the stranger')
})

attacks('void bids forfeit, late and censored ones do not', async () => {
  const { providers } = office.desk.handles
  const staked = await Promise.all(PRICES.map((_, i) => providers.read('provider', [i + 1])))
  const most = staked.reduce((max, { collateral }) => (collateral > max ? collateral : max), 0n)
  const losers = staked.flatMap(({ collateral }, i) => (collateral < most ? [i + 1] : []))
  assert.equal(losers, [2, 4])
})

attacks('every attack left its code', async () => {
  const { reports } = running()
  const refused = (): ReadonlySet<string> =>
    new Set(
      reports.flatMap((report) =>
        report.type === 'sidecar' && report.message.type === 'status'
          ? Object.keys(report.message.status.mesh.refused)
          : [],
      ),
    )
  await until('late bids were refused', () => (refused().has('bid-late') ? true : undefined))
  const admissions = eventsOf('bids-admitted')
  for (const { job, signers } of admissions) {
    if (job === 1) assert.ok(signers < NODES, 'certified without the mute one')
    assert.ok(signers >= 6, `job ${job}: ${signers} of a quorum of 6`)
  }
  assert.ok(
    admissions.some(({ job, onChain }) => job === 2 && onChain === 1),
    'the censored bid stands on chain',
  )
  assert.ok(
    eventsOf('job-stuck').some(({ job, step, code }) => job === 3 && `${step}/${code}` === 'vote/wrong-admission'),
    'nobody believed the leader that left a bid out',
  )
})

attacks('the leader with two sets loses its stake; nobody else does', async () => {
  const { devnet } = running()
  const caught = eventsOf('equivocation')
  const [leader] = caught
  assert.ok(leader, 'it was caught')
  for (const { id, kind, unit } of caught)
    assert.equal([id, kind, unit], [leader.id, RECORD_KINDS.auctionProposal, 4], 'nobody else equivocated')
  const { sidecars } = office.desk.handles
  const { minStake } = await sidecars.read('params', [])
  const stakeOf = async (id: number) => (await sidecars.read('sidecar', [id])).stake
  await until('slashed', async () => ((await stakeOf(leader.id)) < minStake ? true : undefined))
  for (const { id } of devnet.plans) if (id !== leader.id) assert.ok((await stakeOf(id)) >= minStake, `sidecar ${id}`)
})

attacks('the winner was dead from the admission to the settlement; back again, it starts its jobs', async () => {
  const { reports } = running()
  const at = (what: RegExp): number => reports.findIndex((report) => report.type === 'note' && what.test(report.text))
  const settled = reports.findIndex(
    (report) => report.type === 'job' && report.report.job.id === 3 && report.report.job.state === 'awarded',
  )
  const killed = at(/node 1: killed/)
  assert.ok(killed >= 0 && killed < settled, 'killed before')
  assert.ok(settled < at(/node 1: started again/), 'started after')
  for (const job of [2, 3, 4]) {
    const report = await until(`job ${job} runs`, async () => {
      const now = await office.report(job)
      return now && ['running', 'completed'].includes(now.job.state) ? now : undefined
    })
    assert.equal([report.job.winner, report.job.rank], [WINNER, 0], `job ${job} was not handed on`)
  }
})

attacks('what was on disk before the open round opens no bid but one’s own', async () => {
  const { devnet } = running()
  let own = 0
  for (const [i] of OUTCOMES.entries()) {
    const settlement = await office.desk.reader.settlement(i + 1, await stranger.provider.getBlockNumber())
    assert.ok(settlement?.bids, `job ${i + 1}`)
    const facts = await factsOf(devnet, i + 1)
    for (const { provider, opened, content } of settlement.bids) {
      if (!opened) continue
      const salt = Buffer.from(fromHex(content, 32).subarray(12))
      for (const [id, files] of before) {
        const has = files.some((file) => file.includes(salt) || file.includes(salt.toString('hex')))
        if (id === provider) own += has ? 1 : 0
        else assert.not.ok(has, `job ${i + 1}: node ${id} had the salt of provider ${provider}`)
      }
    }
    assert.is(facts.open.round, facts.job.openRound)
  }
  assert.ok(own > 0, 'a bidder has its own salt: looking for it finds it')
})

attacks('each job verifies from public data; whatever is changed in its evidence is named', async () => {
  const { devnet } = running()
  const where = ['--rpc-urls', devnet.rpcUrl, '--marketplace', devnet.marketplace ?? '', '--ledger', devnet.ledger]
  const nowhere = ['--drand-relays', devnet.drandRelay, '--data-dir', join(tmpdir(), 'stkr-no-such-directory')]
  const folder = mkdtempSync(join(tmpdir(), 'stkr-bundle-'))
  const file = join(folder, 'bundle')
  const dice = createDice(SEED)
  for (const [i, { winner }] of OUTCOMES.entries()) {
    const facts = await factsOf(devnet, i + 1)
    const bundle = await bundleOf(devnet, facts, i + 1, 8)
    writeFileSync(file, bundle)
    const good = await stkr('verify', 'job', String(i + 1), ...where, ...nowhere, '--bundle', file)
    assert.is(good.code, 0, JSON.stringify(good.json))
    assert.is((good.json as { winner: number }).winner, winner)
    for (let n = 0; n < 15; n++) {
      const { bytes, what } = mutate(bundle, dice)
      const verdict = await verifyJob(bytes, facts)
      assert.not.ok(verdict.ok, `job ${i + 1}: ${what} passes`)
      assert.ok(!verdict.ok && verdict.code && verdict.where, `job ${i + 1}: ${what} is named`)
    }
    writeFileSync(file, mutate(bundle, dice).bytes)
    const bad = await stkr('verify', 'job', String(i + 1), ...where, ...nowhere, '--bundle', file)
    assert.is(bad.code, 1, JSON.stringify(bad.json))
    assert.ok((bad.json as { where: string }).where, 'says where')
  }
  rmSync(folder, { recursive: true })
})

attacks.run()
