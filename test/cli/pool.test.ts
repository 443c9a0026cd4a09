// A micro-pool's life by command line against real contracts: opened, joined, left, deposited for, proven, started, asked
// to leave, completed, shared out, redeemed. The beacon chain is a library's own hashes and a balance set by hand.
// time limit: 180 s
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AEthAbi } from '../../src/chain/abi/AEth.ts'
import { MicroPoolsAbi } from '../../src/chain/abi/MicroPools.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import { DepositContractAbi } from '../../src/chain/abi/DepositContract.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { openPoolDesk } from '../../src/chain/micro-pools.ts'
import { proofOf } from '../../src/cli/pool-office.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { fromHex, keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import type { Hex } from '../../src/core/types.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, startNetwork } from '../support/anvil-network.ts'
import { MARKET, startMarket } from '../support/anvil-market.ts'
import type { TestMarket } from '../support/anvil-market.ts'
import { runCli } from '../support/cli.ts'
import { startPools } from '../support/anvil-pools.ts'
import type { TestPools } from '../support/anvil-pools.ts'
import { DepositData, witness, youngValidator } from '../support/beacon-ssz.ts'
import type { ValidatorFields } from '../support/beacon-ssz.ts'
import { startConsensusNode } from '../support/consensus-node.ts'
import type { ConsensusNodeDouble } from '../support/consensus-node.ts'

const test = suite('cli/pool')
const ETHER = 10n ** 18n
let anvil: Anvil
let world: TestMarket
let pools: TestPools
let beaconNode: ConsensusNodeDouble
let folder: string
let pool: Hex
/** 10,000 ETH and as much ANKR as it wants: the deployer of the test network. */
const USER_KEY = ANVIL_KEYS[0]
const PUBKEY = toHex(Buffer.concat([keccak256(utf8ToBytes('validator')), new Uint8Array(16).fill(7)]))

const fileOf = (name: string): string => join(folder, name)

test.before(async () => {
  anvil = await startAnvil()
  world = await startMarket(await startNetwork(anvil, 1, SCHEDULE, 5000n, MARKET), 1)
  pools = await startPools(world)
  beaconNode = await startConsensusNode()
  folder = mkdtempSync(join(tmpdir(), 'stkr-pool-'))
  const [keys] = world.net.sidecars
  assert.ok(keys)
  writeFileSync(fileOf('owner.key'), toHex(keys.recordKey), { mode: 0o600 })
  writeFileSync(fileOf('user.key'), USER_KEY, { mode: 0o600 })
  await anvil.rpc('anvil_setBalance', keys.record.address, '0x56bc75e2d63100000')
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await beaconNode.close()
  await world.net.outbox.stop()
  await anvil.stop()
})

interface Ran {
  readonly code: number
  readonly said: Record<string, unknown>
  readonly out: readonly string[]
}

const run = async (json: boolean, argv: readonly string[]): Promise<Ran> => {
  const out: string[] = []
  const where = ['--rpc-urls', anvil.url, '--micro-pools', pools.microPools, '--data-dir', folder]
  const terminal = {
    out: (line: string) => void out.push(line),
    err: () => undefined,
    signal: new AbortController().signal,
  }
  const code = await runCommandLine(['pool', ...argv, ...where, ...(json ? ['--json'] : [])], terminal)
  return { code, said: json ? (JSON.parse(out.at(-1) ?? '{}') as Record<string, unknown>) : {}, out }
}
const stkr = (...argv: readonly string[]): Promise<Ran> => run(true, argv)
const text = async (...argv: readonly string[]): Promise<string> => (await run(false, argv)).out.join('\n')

const owner = (): readonly string[] => ['--key-file', fileOf('owner.key'), '--yes']
const user = (): readonly string[] => ['--key-file', fileOf('user.key'), '--yes']
const ownerAddress = (): Hex => world.net.sidecars[0]?.record.address ?? '0x'

const ok = async (argv: readonly string[]): Promise<Record<string, unknown>> => {
  const { code, said } = await stkr(...argv)
  assert.is(code, 0, `${argv.join(' ')}: ${JSON.stringify(said)}`)
  return said
}
const codeOf = async (...argv: readonly string[]): Promise<unknown> => (await stkr(...argv)).said['code']

const stateOf = async (): Promise<Record<string, unknown>> =>
  (await ok(['show', pool]))['pool'] as Record<string, unknown>

const now = async (): Promise<number> => (await world.net.provider.getBlock('latest'))?.timestamp ?? 0

/** A proof file of what the beacon chain says, and the root it stands under. */
async function writeProof(change: Partial<ValidatorFields> = {}): Promise<string> {
  const { credentials } = (await stateOf()) as { credentials: Hex }
  const validator = { ...youngValidator(PUBKEY, credentials), ...change }
  const { branch, blockRoot } = witness(validator, 3, 6)
  const timestamp = await now()
  await pools.say(timestamp, blockRoot)
  const plain = {
    effective_balance: String(validator.effectiveBalance),
    slashed: validator.slashed,
    activation_eligibility_epoch: String(validator.activationEligibilityEpoch),
    activation_epoch: String(validator.activationEpoch),
    exit_epoch: String(validator.exitEpoch),
    withdrawable_epoch: String(validator.withdrawableEpoch),
  }
  writeFileSync(fileOf('proof.json'), JSON.stringify({ timestamp, index: 3, validator: plain, branch }))
  return fileOf('proof.json')
}

/** As a beacon node tells it, and Ethereum knows its root. */
async function finalize(change: Partial<ValidatorFields> = {}): Promise<readonly string[]> {
  const { credentials } = (await stateOf()) as { credentials: Hex }
  const timestamp = await now()
  await pools.say(timestamp, beaconNode.finalize({ ...youngValidator(PUBKEY, credentials), ...change }, 4, timestamp))
  return ['--beacon-node', beaconNode.url]
}

function writeDeposit(credentials: Hex, amount = 1_000_000_000): string {
  const signature = new Uint8Array(96).fill(9)
  const data = {
    pubkey: fromHex(PUBKEY),
    withdrawalCredentials: fromHex(credentials),
    amount: BigInt(amount),
    signature,
  }
  const bare = (bytes: Uint8Array): string => toHex(bytes).slice(2)
  const entry = {
    pubkey: bare(data.pubkey),
    withdrawal_credentials: bare(data.withdrawalCredentials),
    amount,
    signature: bare(signature),
    deposit_data_root: bare(DepositData.hashTreeRoot(data)),
    network_name: 'test',
  }
  writeFileSync(fileOf('deposit.json'), JSON.stringify([entry]))
  return fileOf('deposit.json')
}

test('without pools, and with what is no pool, it says so', async () => {
  assert.equal((await ok(['list']))['pools'], [])
  assert.match(await text('list'), /no pools yet/)
  assert.is(await codeOf('show', '0x12'), 'usage')
  assert.is(await codeOf('show', world.marketplace), 'pool-unknown')
  assert.is(await codeOf('open', '1', '--stake', '3', '--time', '90d', ...owner()), 'revert-stake-too-low')
})

test('open shows the pool and its price, and sends only when told to', async () => {
  const asked = ['open', '1', '--stake', '4', '--time', '90d', '--key-file', fileOf('owner.key')]
  const dry = await text(...asked)
  assert.match(dry, /would send {2}open.*gas, 4 ETH\nnothing was sent/)
  const before = await world.net.provider.getTransactionCount(ownerAddress())
  const planned = await ok(asked)
  assert.equal([planned['sent'], (planned['steps'] as unknown[]).length], [[], 1])
  assert.is(await world.net.provider.getTransactionCount(ownerAddress()), before, 'nothing was sent')
  const opened = await ok([...asked, '--yes'])
  pool = opened['pool'] as Hex
  const { state, provider, providerEth, fixedPrice, sidecar } = await stateOf()
  assert.equal([state, provider, providerEth, sidecar], ['filling', ownerAddress(), String(4n * ETHER), 1])
  const moved = BigInt(String(opened['fixedPrice'])) - BigInt(String(fixedPrice))
  assert.ok(moved >= 0n && moved < ETHER, 'the price as quoted, for a few seconds less')
  assert.match(await text('list'), /filling {2}4 of 32 ETH {2}not proven yet {2}FP 1\d\d/)
})

test('join pays its part of the price, leave takes it back', async () => {
  const token = bindContract(TestAnkrAbi, world.net.contracts.token, world.net.provider)
  const balance = () => token.read('balanceOf', [world.net.outbox.sender])
  const before = await balance()
  const joined = await ok(['join', pool, '4', ...user()])
  const { fixedPrice } = (await stateOf()) as { fixedPrice: string }
  const fee = (BigInt(fixedPrice) * 4n + 31n) / 32n
  assert.equal([joined['eth'], joined['fee']], [String(4n * ETHER), String(fee)], '4/32 of the price')
  assert.is(before - (await balance()), fee)
  await ok(['leave', pool, '1.5', ...user()])
  const { account } = await ok(['show', pool, '--account', world.net.outbox.sender])
  const stake = account as Record<string, string>
  assert.equal([stake['eth'], stake['aEth']], [String((5n * ETHER) / 2n), String((5n * ETHER) / 2n)])
  assert.is(await codeOf('leave', pool, '3', ...user()), 'revert-position-too-small')
  await ok(['leave', pool, '2.5', ...user()])
  assert.is(await balance(), before, 'all of it')
  assert.is(await codeOf('join', pool, '0', ...user()), 'usage')
})

test('predeposit takes deposit data of 1 ETH that withdraw to the pool, and nothing else', async () => {
  const { credentials } = (await stateOf()) as { credentials: Hex }
  assert.is(credentials, `0x01${'00'.repeat(11)}${pool.slice(2)}`)
  const predeposit = ['predeposit', pool, '--deposit-data'] as const
  assert.is(await codeOf(...predeposit, fileOf('none.json'), ...owner()), 'usage')
  writeFileSync(fileOf('bad.json'), '{')
  assert.is(await codeOf(...predeposit, fileOf('bad.json'), ...owner()), 'deposit-file')
  assert.is(await codeOf(...predeposit, writeDeposit(credentials, 32_000_000_000), ...owner()), 'deposit-file')
  const foreign: Hex = `0x01${'00'.repeat(11)}${ownerAddress().slice(2)}`
  assert.is(await codeOf(...predeposit, writeDeposit(foreign), ...owner()), 'deposit-file')
  assert.is(await codeOf(...predeposit, writeDeposit(credentials), ...user()), 'revert-not-provider')
  await ok([...predeposit, writeDeposit(credentials), ...owner()])
  assert.is((await stateOf())['pubkey'], PUBKEY)
})

test('prove, add, join: with 32 ETH the validator starts', async () => {
  writeFileSync(fileOf('bad.json'), '{"timestamp": 1}')
  assert.is(await codeOf('prove', pool, '--proof', fileOf('bad.json'), ...user()), 'proof-file')
  await ok(['prove', pool, '--proof', await writeProof(), ...user()])
  await ok(['add', pool, '1', ...owner()])
  assert.match(await text('show', pool), /room +27 ETH/)
  const { sent } = (await ok(['join', pool, '40', ...user()])) as { sent: { name: string }[] }
  assert.equal(
    sent.map(({ name }) => name).filter((name) => name !== 'approve'),
    ['join', 'start'],
  )
  const { state, usersEth } = await stateOf()
  assert.equal([state, usersEth], ['running', String(27n * ETHER)], 'what exceeds 32 came back')
  const deposits = bindContract(DepositContractAbi, pools.depositContract, world.net.provider)
  assert.is(await deposits.read('get_deposit_count', []), '0x0200000000000000', '1 ETH and 31')
  assert.is(await world.net.provider.getBalance(pools.depositContract), 32n * ETHER)
  assert.is(await codeOf('leave', pool, '1', ...user()), 'revert-state-wrong')
})

test('exit asks the beacon chain through the published contract of EIP-7002', async () => {
  await ok(['exit', pool, ...owner()])
  assert.is(await codeOf('complete', pool, ...user()), 'revert-not-returned')
})

test('complete shares out, claim and redeem pay', async () => {
  await anvil.rpc('anvil_setBalance', pool, `0x${(34n * ETHER).toString(16)}`)
  const steps = ((await ok(['complete', pool, ...user()]))['sent'] as { name: string }[]).map(({ name }) => name)
  assert.equal(steps, ['complete', 'pay fee', 'forward'])
  assert.equal((await ok(['complete', pool, ...user()]))['sent'], [], 'all is done')
  const result = (await ok(['show', pool]))['result'] as Record<string, string>
  assert.equal([result['usersReturned'], result['rewards']], [String(27n * ETHER), String((16n * ETHER) / 10n)])
  const to: Hex = '0x00000000000000000000000000000000000000bb'
  const asked = [
    '--account',
    ownerAddress(),
    '--government',
    world.government,
    '--rpc-urls',
    anvil.url,
    '--data-dir',
    folder,
  ]
  const { out } = await runCli('rewards', 'show', ...asked)
  assert.match(out, new RegExp(`micro-investor +pool ${pool}: 5\\.25 ETH`))
  await ok(['claim', pool, '--to', to, ...owner()])
  // Its 5 ETH, and 5/32 of 80 % of 2.
  assert.is(await world.net.provider.getBalance(to), 5n * ETHER + (16n * ETHER * 5n) / 320n)
  await ok(['claim', pool, ...user()])
  assert.is(await codeOf('claim', pool, ...user()), 'revert-nothing-owed')
  assert.is(await codeOf('redeem', '27', ...user()), 'revert-eth-short', 'as any holder: it is set aside')
  const redeemed = await ok(['redeem', '27', '--pool', pool, '--to', to, ...user()])
  assert.is(redeemed['worth'], String(27n * ETHER))
  assert.is(await world.net.provider.getBalance(to), 32n * ETHER + (16n * ETHER * 5n) / 320n)
  assert.match(await text('show', pool), /returned +27 ETH of users, 5 of the provider/)
})

test('a validator that lost is completed by proof, users are told what is missing', async () => {
  const opened = await ok(['open', '1', '--stake', '4', '--time', '90d', ...owner()])
  pool = opened['pool'] as Hex
  const { credentials } = (await stateOf()) as { credentials: Hex }
  await ok(['predeposit', pool, '--deposit-data', writeDeposit(credentials), ...owner()])
  assert.is(await codeOf('prove', pool, ...user()), 'usage')
  assert.is(await codeOf('prove', pool, '--beacon-node', '127.0.0.1', ...user()), 'usage')
  assert.is(await codeOf('prove', pool, ...(await finalize()), '--proof', 'x.json', ...user()), 'usage')
  await ok(['prove', pool, ...(await finalize()), ...user()])
  const desk = await openPoolDesk(pools.microPools, world.net)
  const { steps } = await desk.planJoin(pool, 28n * ETHER)
  await desk.send(steps.filter(({ name }) => name !== 'start'))
  assert.match(await text('show', pool), /filled[^]*waits +for anybody’s stkr pool start/)
  assert.is(await codeOf('leave', pool, '1', ...user()), 'revert-state-wrong', '32 ETH are there')
  await ok(['start', pool, ...owner()])
  assert.is((await stateOf())['state'], 'running')
  assert.equal(await desk.send(steps.filter(({ name }) => name === 'start')), [], 'somebody else did it')
  assert.is(await codeOf('start', pool, ...owner()), 'revert-state-wrong')
  await anvil.rpc('anvil_setBalance', pool, `0x${(27n * ETHER).toString(16)}`)
  const gone = { effectiveBalance: 0n, activationEligibilityEpoch: 1n, activationEpoch: 5n, exitEpoch: 9n }
  await ok(['complete', pool, ...(await finalize({ ...gone, slashed: true, withdrawableEpoch: 8_200n })), ...user()])
  const { result } = await ok(['show', pool])
  const { usersReturned, claimed } = result as Record<string, unknown>
  // The Insurance Pool had 0.2 ETH of the first pool's rewards.
  assert.equal([usersReturned, claimed], [String(27n * ETHER + ETHER / 5n), true])
  assert.match(await text('show', pool), /insurance +a loss was reported/)
  assert.equal((await ok(['complete', pool, ...user()]))['sent'], [], 'nothing to collect yet')
  assert.is(await codeOf('redeem', '0', ...user()), 'usage')
  const worth = BigInt(String((await ok(['redeem', '28', '--pool', pool, '--key-file', fileOf('user.key')]))['worth']))
  assert.is(worth, 27n * ETHER + ETHER / 5n, 'less than one for one, until the insurance pays')
})

test('what fills otherwise, the sidecar of the pool starts', async () => {
  pool = (await ok(['open', '1', '--stake', '4', '--time', '90d', ...owner()]))['pool'] as Hex
  const { market, net } = world
  const factory = bindContract(MicroPoolsAbi, pools.microPools, net.provider)
  const aEth = bindContract(AEthAbi, await factory.read('aEth', []), net.provider)
  await net.outbox.submit({ key: 'made good', ...aEth.call('replenish', []), value: ETHER })
  assert.is(await market.startPool(1), undefined, 'nothing waits')
  await ok(['add', pool, '28', ...owner()])
  const { credentials } = (await stateOf()) as { credentials: Hex }
  await ok(['predeposit', pool, '--deposit-data', writeDeposit(credentials), ...owner()])
  const desk = await openPoolDesk(pools.microPools, net)
  const proof = await proofOf({ proof: await writeProof() }, PUBKEY, new AbortController().signal)
  assert.ok(proof)
  const steps = await desk.planProof(pool, proof)
  await desk.send(steps.filter(({ name }) => name === 'prove'))
  assert.is((await market.startPool(1))?.ours, true)
  assert.is((await stateOf())['state'], 'running')
  assert.is(await market.startPool(1), undefined, 'it runs')
})

test.run()
