// What requesters and providers do with jobs that run, by command line against real contracts: profit in, completed, taken and
// staked, disputed, given up; and what each of them is refused by name.
// time limit: 180 s
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeBundle } from '../../src/audit/bundle.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { toHex } from '../../src/core/bytes.ts'
import { epochStart } from '../../src/core/clock.ts'
import type { Leaf } from '../../src/core/types.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { postLeaves, provenUp, settleJob, upLeaves } from '../support/anvil-jobs.ts'
import { SCHEDULE, startNetwork } from '../support/anvil-network.ts'
import { ANKR, MARKET, startMarket } from '../support/anvil-market.ts'
import type { TestMarket } from '../support/anvil-market.ts'

const test = suite('cli/job-end')
let anvil: Anvil
let world: TestMarket
let folder: string
/** Of the jobs that run, in order. */
const jobs: number[] = []
const TO = '0x00000000000000000000000000000000000000f1'

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stkr-job-end-'))
  anvil = await startAnvil()
  world = await startMarket(await startNetwork(anvil, 4, { ...SCHEDULE, epochPeriods: 400 }, 5000n, MARKET), 3)
  for (const [i, name] of ['owner', 'other'].entries())
    writeFileSync(join(folder, `${name}.key`), toHex(world.net.sidecars[i]?.recordKey ?? new Uint8Array(32)), {
      mode: 0o600,
    })
  // The deployer of the test network is its requester.
  writeFileSync(join(folder, 'requester.key'), ANVIL_KEYS[0], { mode: 0o600 })
  const { net } = world
  await net.goTo(epochStart(SCHEDULE, 0))
  await net.ledger.seat(0, net.beacon(epochStart(SCHEDULE, 0)), await net.ledger.roster(0))
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await world.net.outbox.stop()
  await anvil.stop()
})

type Who = 'requester' | 'owner' | 'other'
interface Ran {
  readonly code: number
  readonly said: Record<string, unknown>
}

async function stkr(who: Who, ...argv: readonly string[]): Promise<Ran> {
  const out: string[] = []
  const where = ['--rpc-urls', anvil.url, '--marketplace', world.marketplace, '--data-dir', folder, '--json']
  const terminal = {
    out: (line: string) => void out.push(line),
    err: () => undefined,
    signal: new AbortController().signal,
  }
  const key = ['--key-file', join(folder, `${who}.key`), '--yes']
  const code = await runCommandLine(['job', ...argv, ...key, ...where], terminal)
  return { code, said: JSON.parse(out.at(-1) ?? '{}') as Record<string, unknown> }
}

async function refused(who: Who, ...argv: readonly string[]): Promise<unknown> {
  const { code, said } = await stkr(who, ...argv)
  assert.is.not(code, 0, argv.join(' '))
  return said['code']
}

async function done(who: Who, ...argv: readonly string[]): Promise<void> {
  const { code, said } = await stkr(who, ...argv)
  assert.is(code, 0, JSON.stringify(said))
}

/** Another job of provider 1 on its only sidecar, from its announcement to its confirmed start. */
async function startJob(): Promise<number> {
  const { net, market } = world
  const { timestamp = 0 } = (await net.provider.getBlock('latest')) ?? {}
  const now = await world.desk.handles.sidecars.read('roundAt', [BigInt(timestamp)])
  const job = await world.announce(Number(now) + 8)
  await settleJob(world, job)
  const own = await world.own(0)
  await (await world.marketOf(own)).reportStarted(job.id, 1)
  await own.outbox.stop()
  const since = (await market.job(job.id))?.run?.since ?? 0
  await market.confirm(job.id, await provenUp(world, since + 1))
  jobs.push(job.id)
  return job.id
}

const stateOf = async (id: number): Promise<string | undefined> => (await world.market.job(id))?.state
const tokensOf = (account: string): Promise<bigint> => world.desk.handles.token.read('balanceOf', [account as '0x'])

async function passTo(timestamp: number): Promise<void> {
  await anvil.rpc('evm_setNextBlockTimestamp', timestamp)
  await anvil.rpc('evm_mine')
}

test('nothing is owed before anything has ended', async () => {
  assert.is(await refused('requester', 'withdraw'), 'job-no-credit')
  assert.is(await refused('requester', 'stake-profit', '1'), 'revert-credit-too-small')
})

test('a provider gives a job up: its requester has FP, profit and the loss back at once', async () => {
  const id = String(await startJob())
  await done('requester', 'profit', id, '--ankr', '5')
  assert.is(await refused('requester', 'concede', id), 'revert-not-provider')
  await done('owner', 'concede', id)
  assert.is(await stateOf(Number(id)), 'failed')
  const { projects, providers } = world.desk.handles
  const owed = await projects.read('creditOf', [world.net.outbox.sender])
  assert.is(owed.ankr, (100n + 5n + 40n) * ANKR, 'FP, what was earned, half of the reserve')
  assert.is(await providers.read('failuresOf', [1]), 1)
  assert.is(await refused('owner', 'withdraw'), 'job-no-credit')
})

test('what the government ruled is carried out by anybody, and the provider cannot give up for less', async () => {
  const id = String(await startJob())
  const { projects, providers } = world.desk.handles
  await done('requester', 'dispute', id)
  assert.is(await refused('other', 'resume', id), 'revert-ruling-open')
  await world.net.decided(projects.call('rule', [BigInt(id), false, 60n * ANKR]))
  assert.is(await stateOf(Number(id)), 'disputed', 'nothing has moved')
  assert.is(await refused('owner', 'concede', id), 'revert-ruled-before')
  const { collateral } = await providers.read('provider', [1])
  await done('other', 'resume', id)
  assert.is(await stateOf(Number(id)), 'failed')
  assert.is(collateral - (await providers.read('provider', [1])).collateral, 60n * ANKR)
  const { ankr } = await projects.read('creditOf', [world.net.outbox.sender])
  assert.is(ankr, (145n + 160n) * ANKR, 'FP and that, besides the job before')
  assert.is(await refused('other', 'resume', id), 'revert-wrong-project')
  assert.is((await world.market.resume(Number(id))).ours, false, 'a sidecar that comes later finds it done')
})

/** A file as `stkr verify` saves it, with nothing but leaves. */
function bundleFile(period: number, leaves: readonly Leaf[]): string {
  const nothing = new Uint8Array(32)
  const header = { period, epoch: 0, basePeriod: 0, baseRoot: nothing, root: nothing, contentId: nothing, excluded: [] }
  const none = { sealStatements: [], revealStatements: [], seals: [], reveals: [], baseLeaves: [] }
  const file = join(folder, `${period}.bundle`)
  writeFileSync(file, encodeBundle({ header, ...none, leaves }))
  return file
}

test('a job that was not up enough has failed by anybody’s proof, and not before it is one', async () => {
  const id = String(await startJob())
  const since = (await world.market.job(Number(id)))?.run?.since ?? 0
  const { projects } = world.desk.handles
  const before = await projects.read('creditOf', [world.net.outbox.sender])
  const proof = (period: number, leaves: readonly Leaf[]): readonly string[] => [
    ...['fail', id, '--ledger', world.ledger, '--bundle', bundleFile(period, leaves)],
  ]
  // More periods than the job has: none of them can be made up.
  const down = upLeaves.map((leaf) => ({ ...leaf, uptimeBps: 0, periodsObserved: 100_000_000 }))
  assert.is(await refused('other', ...proof(since, down)), 'check-evidence', 'not what is on chain')
  assert.is(await refused('other', ...proof(since, upLeaves)), 'revert-leaf-too-early')
  assert.is(await refused('other', 'fail', id, '--ledger', world.ledger), 'usage', 'nobody to ask')
  await postLeaves(world, since + 1, upLeaves)
  assert.is(await refused('other', ...proof(since + 1, upLeaves)), 'revert-window-too-short')
  await postLeaves(world, since + 2, down)
  await done('other', ...proof(since + 2, down))
  assert.is(await stateOf(Number(id)), 'failed')
  const after = await projects.read('creditOf', [world.net.outbox.sender])
  assert.is(after.ankr - before.ankr, (100n + 40n) * ANKR, 'FP, and half of the reserve out of the collateral')
  assert.is(await refused('other', ...proof(since + 2, down)), 'revert-wrong-project', 'once')
})

test('profit in both moneys, in one command; amounts that are none are usage', async () => {
  const id = String(await startJob())
  assert.is(await refused('requester', 'profit', id), 'usage')
  assert.is(await refused('requester', 'profit', id, '--eth', '-1'), 'usage')
  await done('requester', 'profit', id, '--ankr', '300', '--eth', '10')
  await done('requester', 'profit', id, '--ankr', '0.5')
  const run = (await world.market.job(Number(id)))?.run
  assert.equal([run?.profit, run?.profitEth], [(601n * ANKR) / 2n, 10n * ANKR])
})

test('a dispute is for the parties, once, and locks the job', async () => {
  const id = String(jobs.at(-1))
  assert.is(await refused('other', 'dispute', id), 'revert-not-party')
  await done('requester', 'dispute', id)
  assert.is(await stateOf(Number(id)), 'disputed')
  assert.is(await refused('owner', 'dispute', id), 'revert-wrong-project')
  assert.is(await refused('requester', 'complete', id), 'revert-wrong-project')
  await passTo((await world.market.heldJob(1))?.completableAt ?? 0)
  await world.market.resume(Number(id))
})

test('completed by its requester when its time is over, by anybody later', async () => {
  const id = String(jobs.at(-1))
  const { deadlineAt } = (await world.market.job(Number(id))) ?? { deadlineAt: 0 }
  assert.is(await refused('requester', 'complete', id), 'revert-not-ended')
  await passTo(deadlineAt)
  assert.is(await refused('other', 'complete', id), 'revert-not-ended', 'a failure may still be shown')
  await done('requester', 'complete', id)
  assert.is(await stateOf(Number(id)), 'completed')
})

test('what was paid is taken, by whoever is owed, wherever it shall go', async () => {
  const { projects } = world.desk.handles
  assert.is(await refused('owner', 'withdraw', '--to', 'me'), 'usage')
  await done('owner', 'withdraw', '--to', TO)
  assert.is(await tokensOf(TO), 70n * ANKR, 'the price')
  const before = await projects.read('creditOf', [world.net.outbox.sender])
  // FP and X less both pools and the price; of the failed jobs all of it.
  assert.equal(before, { ankr: ((2_504n + 1_450n + 1_600n + 1_400n) * ANKR) / 10n, eth: 8n * ANKR })
  await done('requester', 'stake-profit', '100')
  assert.is(await tokensOf(world.requesters), 100n * ANKR, 'staked for it')
  await done('requester', 'withdraw')
  assert.equal(await projects.read('creditOf', [world.net.outbox.sender]), { ankr: 0n, eth: 0n })
  assert.is(await refused('requester', 'withdraw'), 'job-no-credit')
})

test.run()
