// Staking by command line against real contracts: two stakers, two sidecars, reward periods of a day each; the yield that is
// listed is what they then earn; leaving early forfeits what was said.
// time limit: 180 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeBytes32String } from 'ethers'
import { NodesAbi } from '../../src/chain/abi/Nodes.ts'
import { RewardPoolAbi } from '../../src/chain/abi/RewardPool.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import type { Call } from '../../src/chain/contracts.ts'
import type { Hex } from '../../src/core/types.ts'
import { ANKR } from '../support/anvil-market.ts'
import { startPeople } from '../support/people.ts'
import type { People, Person, Said } from '../support/people.ts'

const test = suite('cli/stake')
const DAY = 24 * 3_600
let people: People
let alice: Person
let bob: Person

const where = (): readonly string[] => ['--government', people.world.government]
const stake = (...argv: readonly string[]): Promise<Said> => people.ok('stake', ...argv, ...where())
const refused = (...argv: readonly string[]): Promise<unknown> => people.refused('stake', ...argv, ...where())
const text = (...argv: readonly string[]): Promise<string> => people.text('stake', ...argv, ...where())

const pool = () => bindContract(RewardPoolAbi, people.world.rewardPool, people.world.net.provider)
const token = () => bindContract(TestAnkrAbi, people.world.token, people.world.net.provider)

/** Pays into the Reward Pool and closes a period that is over. */
async function release(ankr: bigint, eth: bigint): Promise<void> {
  const { outbox } = people.world.net
  const reason = encodeBytes32String('test') as Hex
  await people.mint(outbox.sender, ankr)
  await outbox.submit({ key: 'approve', ...token().call('approve', [pool().address, ankr]) })
  await outbox.submit({ key: 'contribute', ...pool().call('contribute', [reason, ankr]) })
  await outbox.submit({ key: 'eth', ...pool().call('contributeEth', [reason]), value: eth })
  await people.wait(DAY)
  await outbox.submit({ key: 'release', ...pool().call('release', []) })
}

/** As the contract that runs projects on sidecars. */
async function asProjects(make: (nodes: ReturnType<typeof nodesOf>) => Call): Promise<void> {
  const nodes = nodesOf()
  await people.world.net.callAs(await nodes.read('projects', []), make(nodes))
}
const nodesOf = () => bindContract(NodesAbi, people.world.nodes, people.world.net.provider)

test.before(async () => {
  people = await startPeople(2)
  alice = await people.person('alice', `0x${'22'.repeat(32)}`)
  bob = await people.person('bob', `0x${'33'.repeat(32)}`)
  for (const { address } of [alice, bob]) await people.mint(address, 10_000n * ANKR)
})
test.after(async () => people.stop())

const positionsOf = async ({ address }: Person): Promise<Said[]> =>
  (await stake('show', '--account', address))['positions'] as Said[]

interface Rates {
  readonly periods: { readonly number: number; readonly perAnkr: { readonly ankr: string; readonly eth: string } }[]
  readonly annual?: { readonly ankr: string; readonly eth: string }
  readonly expected: { readonly ankr: string }
}
const ratesOf = async (...flags: readonly string[]): Promise<Rates> => (await stake('list', ...flags))['rates'] as never

test('before anybody stakes', async () => {
  const { sidecars, rates } = await stake('list')
  assert.equal(
    (sidecars as Said[]).map(({ id, status, staked }) => [id, status, staked]),
    [
      [1, 'entering', '0'],
      [2, 'entering', '0'],
    ],
  )
  assert.equal((rates as Rates).periods, [])
  assert.match(await text('list'), /yield +no reward period is closed yet/)
  assert.equal(await positionsOf(alice), [])
})

test('what is wrong is refused before anything is approved', async () => {
  assert.is(await refused('add', '0', '5', ...alice.looks), 'usage')
  assert.is(await refused('add', '1', '-5', ...alice.looks), 'usage')
  assert.is(await refused('add', '1', '0', ...alice.looks), 'usage')
  assert.is(await refused('add', '1', '0.0000000000000000001', ...alice.looks), 'usage')
  assert.is(await refused('add', '99', '5', ...alice.pays), 'sidecar-closed')
  assert.is(await refused('add', '1', '10001', ...alice.pays), 'token-short')
  assert.is(await refused('remove', '1', '5', ...alice.pays), 'revert-stake-too-small')
  assert.is(await refused('remove', '1', 'all', ...alice.pays), 'revert-amount-zero')
  assert.is(await refused('add', '1', '5', '--key-file', 'nowhere', '--yes'), 'owner-key-unreadable')
  assert.is(await refused('vote', 'me', ...alice.pays), 'usage')
  assert.is(await refused('list', '--periods', '0'), 'usage')
  assert.is(await token().read('allowance', [alice.address, people.world.staking]), 0n)
})

test('add shows its steps, then stakes', async () => {
  const dry = await text('add', '1', '1000', ...alice.looks)
  assert.match(
    dry,
    /would send {2}approve +up to [\d,]+ gas\nwould send {2}stake +gas known after the step before\nnothing was sent/,
  )
  await stake('add', '1', '1000', ...alice.pays)
  await stake('add', '2', '3000', ...bob.pays)
  assert.equal(
    (await positionsOf(alice)).map(({ sidecar, stake: amount }) => [sidecar, amount]),
    [[1, String(1000n * ANKR)]],
  )
  assert.match(await text('show', '--account', bob.address), /account +0x\w+: 3000 ANKR staked\nvotes +for nobody/)
})

test('the yield that is listed is what stake earns', async () => {
  // What comes now is shared in the period after.
  await release(1_000n * ANKR, ANKR)
  await release(500n * ANKR, ANKR / 2n)
  await release(100n * ANKR, ANKR / 10n)
  const { periods, annual } = await ratesOf()
  assert.equal(
    periods.map(({ number }) => number),
    [2, 3],
    'nothing was shared in the first',
  )
  // 20 % for stakers, a quarter of that for voters; 4,000 ANKR are staked.
  const [first, second] = periods.map(({ perAnkr }) => BigInt(perAnkr.ankr))
  assert.equal([first, second], [(150n * ANKR) / 4000n, (75n * ANKR) / 4000n])
  const [position] = await positionsOf(alice)
  const earned = (position?.['earned'] as Said)['ankr']
  const missing = 1000n * ((first ?? 0n) + (second ?? 0n)) - BigInt(String(earned))
  assert.ok(missing >= 0n && missing < 10n, `but ${missing} base units`)
  const perYear = (((first ?? 0n) + (second ?? 0n)) * 365n) / 2n
  const off = Number(BigInt(annual?.ankr ?? '0')) / Number(perYear)
  assert.ok(Math.abs(off - 1) < 0.001, 'two days, but for the seconds of transactions')
  assert.match(
    await text('list'),
    /yield +1026\.\d+ % and 10\.26\d* ETH for 1,000 ANKR a year, from the last 2 closed periods/,
  )
  assert.is((await ratesOf('--periods', '1')).periods.length, 1)
})

test('stake that moves or leaves changes what the next period gives', async () => {
  await stake('move', '2', '1', '1000', ...bob.pays)
  assert.equal(
    (await positionsOf(bob)).map(({ sidecar, stake: amount }) => [sidecar, amount]),
    [
      [1, String(1000n * ANKR)],
      [2, String(2000n * ANKR)],
    ],
  )
  assert.is(await refused('move', '2', '2', '3000', ...bob.pays), 'revert-stake-too-small')
  const left = await text('remove', '1', 'all', ...bob.pays)
  assert.match(left, /^takes 1000 ANKR off sidecar 1\nsend {2}unstake/)
  assert.is((await positionsOf(bob)).length, 1)
  await release(100n * ANKR, ANKR / 10n)
  const { periods } = await ratesOf('--periods', '1')
  const perAnkr = Number(BigInt(periods[0]?.perAnkr.ankr ?? '0')) / 1e18
  // 15 ANKR for 3,000, but for the seconds in which there were 4,000.
  assert.ok(Math.abs(perAnkr - 15 / 3000) < 1e-5, String(perAnkr))
})

test('while a project runs, what leaving forfeits is said before, and is what is lost', async () => {
  await asProjects((nodes) => nodes.call('engage', [1, 1, { cpuMilliGhz: 1, memoryMilliGb: 1, storageMilliGb: 1 }]))
  await asProjects((nodes) => nodes.call('started', [1, 0n, 0n]))
  const adding = await text('add', '1', '10', ...bob.looks)
  assert.match(adding, /a project runs there: what this stake earns waits until its end/)
  await release(100n * ANKR, ANKR / 10n)
  await release(100n * ANKR, ANKR / 10n)
  const [position] = await positionsOf(alice)
  const held = BigInt(String((position?.['held'] as Said)['ankr']))
  assert.ok(held > 0n)
  const dry = await text('remove', '1', '500', ...alice.looks)
  assert.match(
    dry,
    /a project runs there \(for 2 d.*\): leaving before its end forfeits [\d.]+ ANKR, [\d.]+ ETH and what/,
  )
  assert.match(dry, /nothing was sent/)
  const { forfeits } = await stake('remove', '1', '500', ...alice.pays)
  const said = BigInt((forfeits as Record<string, string>)['ankr'] ?? '0')
  const [after] = await positionsOf(alice)
  const lost = held - BigInt(String((after?.['held'] as Said)['ankr']))
  assert.ok(said - lost <= 1n && lost - said <= 1n, `said ${said}, lost ${lost}`)
  assert.match(
    await text('list'),
    /1 {2}\w+ +500 ANKR +yield .*project of provider 1 for 2 d\b.*leaving before its end forfeits/,
  )
})

test('votes: for a candidate, counted again after staking more', async () => {
  await people.ok('gov', 'stand', '--stake', '1000', ...where(), ...bob.pays)
  const dry = await text('vote', bob.address, ...alice.looks)
  assert.match(dry, new RegExp(`500 votes for ${bob.address}`))
  await stake('vote', bob.address, ...alice.pays)
  const view = await stake('show', '--account', alice.address)
  assert.equal([view['candidate'], view['stands'], view['voting']], [bob.address, true, String(500n * ANKR)])
  await stake('add', '2', '100', ...alice.pays)
  assert.is((await stake('show', '--account', alice.address))['voting'], String(500n * ANKR), 'until it votes again')
  const { council } = await people.ok('gov', 'council', ...where())
  assert.is((council as { candidates: Said[] }).candidates[0]?.['votes'], String(1600n * ANKR))
})

test.run()
