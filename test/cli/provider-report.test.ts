// A sidecar that was not up enough is reported by anybody, from leaves that a peer gives or a file holds: whatever does not make
// the root on chain is refused, and the reporter is paid out of the provider's collateral.
// time limit: 180 s
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeBundle } from '../../src/audit/bundle.ts'
import { summaryRoot } from '../../src/audit/tree.ts'
import { AuditLedgerAbi } from '../../src/chain/abi/AuditLedger.ts'
import { DisciplineAbi } from '../../src/chain/abi/Discipline.ts'
import { DividendsAbi } from '../../src/chain/abi/Dividends.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { provenArgs } from '../../src/chain/proven-leaf.ts'
import { findEconomy } from '../../src/chain/economy.ts'
import { epochStart, periodStart } from '../../src/core/clock.ts'
import type { Leaf } from '../../src/core/types.ts'
import type { Host } from '../../src/p2p/options.ts'
import { ANKR } from '../support/anvil-market.ts'
import { SCHEDULE, anyResult } from '../support/anvil-network.ts'
import { createLibraryHost } from '../support/library-host.ts'
import { startPeople } from '../support/people.ts'
import type { People, Person, Said } from '../support/people.ts'

const test = suite('cli/provider-report')
let people: People
let reporter: Person
let peer: Host

/** Half up in ten observed periods between the first and the third, and diligent in all of them. */
const leavesOf = (period: number): readonly Leaf[] => [
  {
    ...{ id: 1, slot: 0, uptimeBps: 5_000, latencyMs: 1, observers: 2, blockNumber: 5 },
    ...{ periodsObserved: 5 * (period - 1), uptimeSum: 25_000 * (period - 1), diligenceSum: 10_000 * (period - 1) },
  },
]

async function post(period: number): Promise<void> {
  const { net } = people.world
  await net.goTo(periodStart(SCHEDULE, period))
  const result = { ...anyResult(period, await net.ledger.lastPosted()), root: summaryRoot(leavesOf(period)) }
  await net.ledger.post(result, await net.certify(result), await net.ledger.roster(0))
}

function bundleFile(period: number, leaves = leavesOf(period)): string {
  const nothing = new Uint8Array(32)
  const header = { period, epoch: 0, basePeriod: 0, baseRoot: nothing, root: nothing, contentId: nothing, excluded: [] }
  const none = { sealStatements: [], revealStatements: [], seals: [], reveals: [], baseLeaves: [] }
  const file = join(people.folder, `${period}.bundle`)
  writeFileSync(file, encodeBundle({ header, ...none, leaves }))
  return file
}

test.before(async () => {
  people = await startPeople(1)
  reporter = await people.person('reporter', `0x${'44'.repeat(32)}`)
  const { net } = people.world
  const discipline = bindContract(DisciplineAbi, people.world.discipline, net.provider)
  const policy = await discipline.read('policy', [])
  const changes = { windowPeriods: 4, serviceBps: 9_000, slashBps: 1_000, reporterBps: 2_500 }
  await net.decided(discipline.call('setPolicy', [{ ...policy, ...changes }]))
  await net.goTo(epochStart(SCHEDULE, 0))
  await net.ledger.seat(0, net.beacon(epochStart(SCHEDULE, 0)), await net.ledger.roster(0))
  const network = { chainId: net.provider.chainId, sidecars: people.world.sidecars }
  peer = await createLibraryHost(network, '/ip4/127.0.0.1/tcp/0', {
    // It tells the truth of the others only.
    summary: async (period) => (period === 2 ? leavesOf(3) : leavesOf(period)),
  })
  await peer.start()
})
test.after(async () => {
  await peer.stop()
  await people.stop()
})

const where = (): readonly string[] => ['--marketplace', people.world.marketplace, '--ledger', people.world.ledger]
const report = (...argv: readonly string[]): readonly string[] => ['provider', 'report', '1', ...argv, ...where()]
const refused = (...argv: readonly string[]): Promise<unknown> => people.refused(...report(...argv))

test('without evidence nothing is planned', async () => {
  const files = ['--bundle', bundleFile(1), '--bundle', bundleFile(3)]
  assert.is(await refused(...files, ...reporter.pays), 'check-not-posted')
  for (const period of [1, 2, 3]) await post(period)
  assert.is(await refused(...reporter.pays), 'usage', 'nobody to ask')
  assert.is(await refused('--bundle', bundleFile(1), '--from', '1', ...reporter.pays), 'bundle-missing')
  assert.is(await refused('--bundle', 'nowhere', ...reporter.pays), 'bundle-unreadable')
  assert.is(await refused(...files, '--from', '3', '--to', '1', ...reporter.pays), 'usage')
  assert.is(await refused(...files, '--from', 'x', ...reporter.pays), 'usage')
  const [honest] = leavesOf(3)
  assert.ok(honest)
  const forged = ['--bundle', bundleFile(1), '--bundle', bundleFile(3, [{ ...honest, uptimeSum: 1 }])]
  assert.is(await refused(...forged, '--from', '1', ...reporter.pays), 'check-evidence')
  bundleFile(3)
  const other = ['provider', 'report', '2', ...files, '--from', '1', ...where(), ...reporter.pays]
  assert.is(await people.refused(...other), 'check-no-member')
})

test('a peer that gives the leaves of another period is found out', async () => {
  const asking = peer.addresses().flatMap((address) => ['--peer', address])
  assert.is(await refused(...asking, '--from', '2', ...reporter.pays), 'check-evidence')
})

/** The provider's sidecar counts from its first window on: its collateral earns. */
async function measure(): Promise<void> {
  const { net, ledger, desk } = people.world
  const audits = bindContract(AuditLedgerAbi, ledger, net.provider)
  const dividends = bindContract(DividendsAbi, await desk.handles.providers.read('dividends', []), net.provider)
  for (const period of [1, 3]) {
    const [leaf] = leavesOf(period)
    assert.ok(leaf)
    const proven = provenArgs({ period, leaf, proof: [] })
    const call = audits.call('proveLeaf', [proven.period, proven.leaf, proven.proof])
    await net.outbox.submit({ key: `leaf:${period}`, ...call })
    await net.outbox.submit({ key: `measure:${period}`, ...dividends.call('measure', [1]) })
  }
}

/** What the provider's collateral weighs in the Reward Pool. */
async function weight(): Promise<bigint> {
  const { desk, net, government } = people.world
  const { rewardPool } = await findEconomy(net.provider, government)
  return rewardPool.read('weightOf', [1, await desk.handles.providers.read('ownerOf', [1]), 0])
}

test('shown first, then sent: the provider is slashed, the reporter paid', async () => {
  await measure()
  assert.is(await weight(), 500n * ANKR, 'all of it')
  const asking = peer.addresses().flatMap((address) => ['--peer', address])
  const dry = await people.text(...report(...asking, '--from', '1', ...reporter.looks))
  assert.match(dry, /sidecar 1 was up 50 % of the 10 observed periods after 1 up to 3; 90 % are asked for/)
  assert.match(
    dry,
    /provider 1 loses up to 50 ANKR, you get up to 12\.5 of it\nwould send {2}report .*\nwould send {2}weigh .*\nnothing was sent/,
  )
  const said = await people.ok(
    ...report('--bundle', bundleFile(1), '--bundle', bundleFile(3), '--from', '1', ...reporter.pays),
  )
  assert.is(await weight(), 450n * ANKR, 'what was taken earns nothing any more')
  assert.equal([said['slashed'], said['reporterShare']], [String(50n * ANKR), String((25n * ANKR) / 2n)])
  const shown = await people.ok('provider', 'show', '1', '--marketplace', people.world.marketplace)
  assert.is((shown['provider'] as Said)['collateral'], String(450n * ANKR))
  const rewards = await people.ok(
    'rewards',
    'show',
    '--account',
    reporter.address,
    '--government',
    people.world.government,
  )
  const [owed] = rewards['owed'] as { role: string; amounts: { ankr: string } }[]
  assert.equal([owed?.role, owed?.amounts.ankr], ['reporter', String((25n * ANKR) / 2n)])
  const other = await people.person('other', `0x${'55'.repeat(32)}`)
  const claim = ['rewards', 'claim', '--account', reporter.address, '--government', people.world.government]
  assert.is(await people.refused(...claim, '--to', other.address, ...other.pays), 'usage')
  const { sent } = await people.ok(...claim, ...other.pays)
  assert.equal(
    (sent as Said[]).map(({ name }) => name),
    ['withdraw report share'],
  )
  const token = bindContract(TestAnkrAbi, people.world.token, people.world.net.provider)
  assert.is(await token.read('balanceOf', [reporter.address]), (25n * ANKR) / 2n, 'to nobody else')
  assert.is(
    await refused(...asking, '--from', '1', ...reporter.pays),
    'revert-window-too-early',
    'no period counts twice',
  )
})

test.run()
