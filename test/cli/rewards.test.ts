// All that people are owed, by command line against real contracts: a governor, a staker who votes, a requester whose job
// nobody took and who asked a stake back. Everything is listed, fetched with one command, and then nothing is left.
// time limit: 180 s
import { encodeBytes32String } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RequestersAbi } from '../../src/chain/abi/Requesters.ts'
import { RewardPoolAbi } from '../../src/chain/abi/RewardPool.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import type { Hex } from '../../src/core/types.ts'
import { GOVERNOR_KEYS } from '../../src/devnet/government.ts'
import { ANVIL_KEYS } from '../support/anvil.ts'
import { ANKR } from '../support/anvil-market.ts'
import { startPeople } from '../support/people.ts'
import type { People, Person, Said } from '../support/people.ts'

const test = suite('cli/rewards')
const DAY = 24 * 3_600
let people: People
let governor: Person
let requester: Person

const where = (): readonly string[] => ['--government', people.world.government]
const rewards = (...argv: readonly string[]): Promise<Said> => people.ok('rewards', ...argv, ...where())
const text = (...argv: readonly string[]): Promise<string> => people.text('rewards', ...argv, ...where())
const token = () => bindContract(TestAnkrAbi, people.world.token, people.world.net.provider)
const pool = () => bindContract(RewardPoolAbi, people.world.rewardPool, people.world.net.provider)

interface Owed {
  readonly role: string
  readonly from: string
  readonly amounts: { readonly ankr: string; readonly eth: string }
  readonly expected: { readonly ankr: string; readonly eth: string }
}
const owedTo = async ({ address }: Person): Promise<Owed[]> =>
  (await rewards('show', '--account', address))['owed'] as Owed[]
const ankrOf = (owed: readonly Owed[], role: string): bigint | undefined => {
  const found = owed.find((one) => one.role === role)
  return found && BigInt(found.amounts.ankr)
}

async function contribute(ankr: bigint, eth: bigint): Promise<void> {
  const { outbox } = people.world.net
  const reason = encodeBytes32String('test') as Hex
  await outbox.submit({ key: 'approve', ...token().call('approve', [pool().address, ankr]) })
  await outbox.submit({ key: 'contribute', ...pool().call('contribute', [reason, ankr]) })
  await outbox.submit({ key: 'eth', ...pool().call('contributeEth', [reason]), value: eth })
}

test.before(async () => {
  people = await startPeople(1)
  governor = await people.person('governor', GOVERNOR_KEYS[0] ?? '0x')
  requester = await people.person('requester', ANVIL_KEYS[0])
  await people.mint(governor.address, 10_000n * ANKR)
  await people.mint(requester.address, 100_000n * ANKR)
})
test.after(async () => people.stop())

test('who takes part in nothing is owed nothing', async () => {
  assert.equal(await owedTo(governor), [])
  assert.match(
    await text('show', '--account', governor.address),
    /in all +0 ANKR to be claimed now\nperiod +1, ends in /,
  )
  assert.match(await text('claim', ...governor.pays), /nothing can be claimed now/)
  assert.equal((await rewards('claim', ...governor.pays))['sent'], [])
  assert.is(await people.refused('rewards', 'show', '--account', '0x1', ...where()), 'usage')
  assert.is(await people.refused('rewards', 'claim', '--to', 'me', ...governor.pays, ...where()), 'usage')
  assert.is(await people.refused('rewards', 'release', ...governor.pays, ...where()), 'revert-period-open')
  assert.is(
    await people.refused('rewards', 'show', '--account', governor.address, '--ledger', 'x', ...where()),
    'config-invalid',
  )
})

test('governor, staker, voter: what the open period would bring, then what it brought', async () => {
  await people.ok('gov', 'accept', ...where(), ...governor.pays)
  await people.ok('gov', 'stand', ...where(), ...governor.pays)
  await people.ok('stake', 'add', '1', '2000', ...where(), ...governor.pays)
  await people.ok('stake', 'vote', governor.address, ...where(), ...governor.pays)
  await contribute(1_000n * ANKR, ANKR)
  await people.wait(DAY)
  assert.match(await text('show', '--account', governor.address), /period +1, over, and open until somebody closes it/)
  await rewards('release', ...governor.pays)
  const before = await owedTo(governor)
  assert.equal(
    before.map(({ role, amounts }) => [role, amounts.ankr]),
    [
      ['governor', '0'],
      ['voter', '0'],
      ['staker', '0'],
    ],
  )
  // 30 %; a quarter of 20 %; the rest of these.
  assert.equal(
    before.map(({ expected }) => BigInt(expected.ankr) / ANKR),
    [300n, 50n, 150n],
  )
  await people.wait(DAY)
  await rewards('release', ...requester.pays)
  const after = await owedTo(governor)
  for (const [role, wanted] of [
    ['governor', 300n],
    ['voter', 50n],
    ['staker', 150n],
  ] as const) {
    const missing = wanted * ANKR - (ankrOf(after, role) ?? 0n)
    assert.ok(missing >= 0n && missing < 10n, `${role}: ${missing} base units missing`)
  }
  assert.match(
    await text('show', '--account', governor.address),
    /staker +Reward Pool, sidecar 1: 149\.9+\d* ANKR, 0\.149+\d* ETH/,
  )
})

test('claim shows every step, sends all of them, and nothing is left', async () => {
  const dry = await text('claim', ...governor.looks)
  assert.match(
    dry,
    /would send {2}settle governor +up to .*\nwould send {2}settle voter .*\nwould send {2}claim rewards .*\nnothing was sent/,
  )
  const before = await token().read('balanceOf', [governor.address])
  const { sent } = await rewards('claim', ...governor.pays)
  assert.equal(
    (sent as Said[]).map(({ name }) => name),
    ['settle governor', 'settle voter', 'claim rewards'],
  )
  const got = (await token().read('balanceOf', [governor.address])) - before
  assert.ok(500n * ANKR - got < 30n && got <= 500n * ANKR, String(got))
  assert.equal(
    (await owedTo(governor)).filter(({ amounts }) => amounts.ankr !== '0' || amounts.eth !== '0'),
    [],
  )
  assert.equal((await rewards('claim', ...governor.pays))['steps'], [])
})

test('a requester: reward, a job nobody took, a stake asked back; rewards may go to another', async () => {
  const { net, announce } = people.world
  const requesters = bindContract(RequestersAbi, people.world.requesters, net.provider)
  await net.outbox.submit({ key: 'approve', ...token().call('approve', [requesters.address, 500n * ANKR]) })
  await net.outbox.submit({ key: 'stake', ...requesters.call('stake', [500n * ANKR]) })
  await net.outbox.submit({ key: 'back', ...requesters.call('requestWithdrawal', [100n * ANKR]) })
  await contribute(1_000n * ANKR, 1n)
  await people.wait(DAY)
  await rewards('release', ...requester.pays)
  const close = net.drand.info.genesis_time
  const round = ((await net.provider.getBlock('latest'))?.timestamp ?? 0) - close + 20
  const job = await announce(round)
  await people.wait(DAY)
  await rewards('release', ...requester.pays)
  const marketplace = ['--marketplace', people.world.marketplace]
  await people.ok('job', 'cancel', String(job.id), ...marketplace, ...requester.pays)
  const owed = await owedTo(requester)
  assert.equal(
    owed.map(({ role, from }) => `${role}: ${from}`),
    ['requester: Reward Pool', 'party to jobs: Marketplace', 'depositor: Requesters'],
  )
  assert.equal([ankrOf(owed, 'party to jobs'), ankrOf(owed, 'depositor')], [100n * ANKR, 100n * ANKR])
  const to: Hex = '0x00000000000000000000000000000000000000cc'
  const before = await token().read('balanceOf', [requester.address])
  const { sent } = await rewards('claim', '--to', to, ...requester.pays)
  assert.equal(
    (sent as Said[]).map(({ name }) => name),
    ['claim rewards', 'withdraw refunds', 'withdraw stake'],
  )
  assert.is((await token().read('balanceOf', [requester.address])) - before, 200n * ANKR)
  assert.is(await token().read('balanceOf', [to]), ankrOf(owed, 'requester'))
  assert.equal(
    (await owedTo(requester)).filter(({ amounts }) => amounts.ankr !== '0'),
    [],
  )
})

test.run()
