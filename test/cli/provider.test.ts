// A provider from application to enrolment and a requester's first job, by command line against real contracts: every
// command shows where one stands, repeating one sends nothing, mistakes are told by code.
// time limit: 180 s
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DisciplineAbi } from '../../src/chain/abi/Discipline.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { openProviderDesk } from '../../src/chain/provider.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { toHex } from '../../src/core/bytes.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, openOwn, startNetwork } from '../support/anvil-network.ts'
import { ANKR, MARKET, startMarket } from '../support/anvil-market.ts'
import type { TestMarket } from '../support/anvil-market.ts'
import { runCli } from '../support/cli.ts'

const test = suite('cli/provider')
let anvil: Anvil
let world: TestMarket
let folder: string

test.before(async () => {
  anvil = await startAnvil()
  world = await startMarket(await startNetwork(anvil, 1, SCHEDULE, 5000n, MARKET), 0)
  folder = mkdtempSync(join(tmpdir(), 'stkr-provider-'))
  const [keys] = world.net.sidecars
  assert.ok(keys)
  writeFileSync(join(folder, 'owner.key'), toHex(keys.recordKey), { mode: 0o600 })
  const own = await openOwn(world.net, keys, 700n * ANKR)
  await own.outbox.stop()
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await world.net.outbox.stop()
  await anvil.stop()
})

const stkr = async (...argv: readonly string[]): Promise<{ code: number; said: Record<string, unknown> }> => {
  const out: string[] = []
  const where = ['--rpc-urls', anvil.url, '--marketplace', world.marketplace, '--data-dir', folder, '--json']
  const terminal = {
    out: (line: string) => void out.push(line),
    err: () => undefined,
    signal: new AbortController().signal,
  }
  const code = await runCommandLine([...argv, ...where], terminal)
  return { code, said: JSON.parse(out.at(-1) ?? '{}') as Record<string, unknown> }
}
const text = async (...argv: readonly string[]): Promise<string> => {
  const where = ['--rpc-urls', anvil.url, '--marketplace', world.marketplace, '--data-dir', folder]
  const { code, out, err } = await runCli(...argv, ...where)
  assert.is(code, 0, err)
  return out
}
const pays = (): readonly string[] => [...key(), '--yes']
const key = (): readonly string[] => ['--key-file', join(folder, 'owner.key')]
const transactions = (): Promise<number> =>
  world.net.provider.getTransactionCount(world.net.sidecars[0]?.record.address ?? '0x')

const APPLY = ['provider', 'apply', '--brand', 'Blue Nodes', '--cpu', '64', '--storage', '2000.5', '--ceiling', '500']

test('before it applied an account is no provider', async () => {
  const { code, said } = await stkr('provider', 'show', ...key())
  assert.equal([code, said['code']], [2, 'usage'])
  assert.match(await text('provider', 'list'), /no providers yet/)
  assert.is((await stkr('provider', 'show', '1')).said['code'], 'provider-unknown')
  assert.is((await stkr('provider', 'show')).said['code'], 'usage')
  assert.is((await stkr('provider', 'show', '0')).said['code'], 'usage')
})

test('nothing is sent before it was shown and agreed to', async () => {
  const before = await transactions()
  const dry = await text(...APPLY, ...key())
  assert.match(dry, /would send {2}apply +up to [\d,]+ gas\nnothing was sent: add --yes/)
  assert.equal((await stkr(...APPLY, ...key())).said['sent'], [])
  assert.is(await transactions(), before)
})

test('apply, be qualified, stake, enrol: each once, however often it is said', async () => {
  const applied = await stkr(...APPLY, ...pays())
  assert.is(applied.code, 0, JSON.stringify(applied.said))
  const capacity = { cpuMilliGhz: 64_000, memoryMilliGb: 0, storageMilliGb: 2_000_500 }
  const { handles } = await openProviderDesk(world.marketplace, world.net)
  await world.net.decided(handles.providers.call('qualify', [1, 'Blue Nodes', capacity, 500n * ANKR]))
  assert.match(await text('provider', 'stake', '400.5', ...key()), /would send {2}approve .*\nwould send {2}deposit/)
  await stkr('provider', 'stake', '400.5', ...pays())
  await stkr('provider', 'enrol', '1', ...pays())
  const before = await transactions()
  await stkr(...APPLY, ...pays())
  await stkr('provider', 'stake', '400.5', ...pays())
  const { said } = await stkr('provider', 'enrol', '1', ...pays())
  assert.is(await transactions(), before, 'nothing sent the second time')
  const provider = said['provider'] as Record<string, unknown>
  assert.is(provider['status'], 'qualified')
  assert.equal(provider['capacity'], capacity)
  assert.is(provider['collateral'], String((801n * ANKR) / 2n))
  assert.equal(provider['sidecars'], [1])
})

test('collateral is asked back when agreed to, and finished after the delay only', async () => {
  const dry = await stkr('provider', 'withdraw', '100', ...key())
  assert.equal([dry.code, dry.said['sent']], [0, []])
  assert.is((await stkr('provider', 'withdraw', '--finish', ...key())).said['code'], 'revert-nothing-withdrawing')
  assert.is((await stkr('provider', 'withdraw', ...key())).said['code'], 'usage')
  const asked = await stkr('provider', 'withdraw', '100', '--yes', ...key())
  assert.is((asked.said['sent'] as readonly unknown[]).length, 1, JSON.stringify(asked.said))
  assert.is((await stkr('provider', 'withdraw', '--finish', ...key())).said['code'], 'revert-still-bound')
  const { said } = await stkr('provider', 'show', ...key())
  assert.is((said['provider'] as Record<string, unknown>)['collateral'], String((601n * ANKR) / 2n))
})

test('everybody sees who there is, and what a score is made of', async () => {
  const listed = (await stkr('provider', 'list')).said['providers'] as Record<string, unknown>[]
  assert.equal(
    listed.map(({ id, status, tier, applies }) => [id, status, tier, applies]),
    [[1, 'qualified', 'untrusted', false]],
  )
  const [first] = listed
  assert.equal(first?.['marks'], { stake: 3005, price: 0, runningTime: 0, uptime: 0 })
  assert.equal([first?.['current'], first?.['score']], [751, 751], 'a quarter of 30.05 %')
  assert.equal(first?.['jobs'], { delivered: 0, running: 0, failed: 0 })
  assert.match(
    await text('provider', 'list'),
    /1 {2}qualified +untrusted +score 751 +uptime – .*free 64 GHz.*Blue Nodes/,
  )
  const shown = await text('provider', 'show', '1')
  assert.match(shown, /score +stake 30\.05 % × 25 % \+ price 0 % × 25 % .* = 751\n/)
  assert.match(shown, /tier +untrusted: stakes 16 of a validator's 32 ETH/)
})

test('a score follows the policy once it is refreshed, by anybody', async () => {
  const { handles } = await openProviderDesk(world.marketplace, world.net)
  const policy = await handles.providers.read('policy', [])
  await world.net.decided(handles.providers.call('setPolicy', [{ ...policy, stakeWeight: 5000, uptimeWeight: 0 }]))
  assert.match(await text('provider', 'show', '1'), /× 50 % .* = 1502: stkr provider refresh/)
  assert.match(await text('provider', 'refresh', '1', ...key()), /would send {2}score .*\nnothing was sent/)
  const refreshed = await stkr('provider', 'refresh', ...pays())
  const names = (refreshed.said['sent'] as { name: string }[]).map(({ name }) => name)
  assert.equal(names, ['score'], 'nothing is proven of its sidecar')
  const { said } = await stkr('provider', 'show', '1')
  assert.is((said['provider'] as Record<string, unknown>)['score'], 1502)
  assert.is((await stkr('provider', 'refresh', '2', ...pays())).said['code'], 'provider-unknown')
})

test('anybody suspends a score that a long enough record brought below the threshold; nobody else’s', async () => {
  const { handles } = await openProviderDesk(world.marketplace, world.net)
  assert.is((await stkr('provider', 'suspend', '2', ...pays())).said['code'], 'provider-unknown')
  assert.is((await stkr('provider', 'suspend', '1', ...pays())).said['code'], 'revert-score-not-below')
  const discipline = bindContract(DisciplineAbi, world.discipline, world.net.provider)
  const policy = await discipline.read('policy', [])
  await world.net.decided(discipline.call('setPolicy', [{ ...policy, threshold: 2000, recordNodes: 1 }]))
  assert.is((await stkr('provider', 'suspend', '1', ...pays())).said['code'], 'revert-record-too-short')
  const capacity = { cpuMilliGhz: 1, memoryMilliGb: 0, storageMilliGb: 1 }
  for (const call of ['take', 'penalise'] as const)
    await world.net.callAs(world.marketplace, handles.providers.call(call, [1, capacity, 0n]))
  assert.match(await text('provider', 'suspend', '1', ...key()), /would send {2}suspend .*\nnothing was sent/)
  assert.equal((await stkr('provider', 'suspend', '1', ...pays())).code, 0)
  assert.match(await text('provider', 'list'), /1 {2}suspended/)
  assert.match(await text('provider', 'show', '1'), /provider +1 Blue Nodes {2}suspended, score \d+\n/)
  await world.net.callAs(world.discipline, handles.providers.call('reinstate', [1]))
  assert.match(await text('provider', 'show', '1'), /provider +1 Blue Nodes {2}qualified/)
})

test('what the account or the contract refuses is told by code', async () => {
  const poor = await stkr('provider', 'stake', '900', ...pays())
  assert.is(poor.said['code'], 'token-short')
  const foreign = await stkr('provider', 'enrol', '99', ...pays())
  assert.match(String(foreign.said['code']), /^revert-/)
  const wrong = await stkr('provider', 'stake', '1.2.3', ...key())
  assert.equal([wrong.code, wrong.said['code']], [2, 'usage'])
  const nowhere = await stkr('provider', 'show', '--key-file', join(folder, 'none.key'))
  assert.is(nowhere.said['code'], 'owner-key-unreadable')
})

test('a requester quotes, and hears what stands against a job before it pays', async () => {
  const size = ['--cpu', '4', '--memory', '16', '--storage', '128', '--time', '60d']
  const quoted = await stkr('job', 'quote', ...size)
  assert.equal([quoted.said['fixedPrice'], quoted.said['reserve']], [String(100n * ANKR), String(80n * ANKR)])
  const expected = quoted.said['expected'] as Record<string, unknown>
  // 3 % of 32 ETH for 60 days, less both pools' 10 %; at the reserve nothing of the price comes back.
  assert.equal([expected['price'], expected['cost']], [String(80n * ANKR), String(100n * ANKR)])
  assert.is(BigInt(String(expected['profitEth'])), (96n * ANKR * 60n) / (100n * 365n))
  const cheap = (await stkr('job', 'quote', ...size, '--price', '60', '--profit', '300', '--apr', '0')).said
  assert.is((cheap['expected'] as Record<string, unknown>)['cost'], String(-160n * ANKR), 'the paper’s example')
  const providers = quoted.said['providers'] as Record<string, unknown>[]
  assert.equal(
    providers.map(({ id, obstacle }) => [id, obstacle]),
    [[1, 'capacity']],
    'it has no memory',
  )
  assert.match(
    await text('job', 'quote', ...size),
    /provider 1 +Blue Nodes .*ceiling 500 .*at 80 you get 0 ANKR back {2}not now: too little free/,
  )
  assert.match(
    await text('job', 'quote', ...size),
    /expected +0\.126246 ETH \(2\.4 % a year after pools\) and 0 ANKR back\n +it costs 100 ANKR after all, 100\.00 USD/,
  )
  for (const wrong of [
    ['--apr', 'x'],
    ['--apr', '1001'],
    ['--price', '81'],
    ['--staked-eth', '-1'],
    ['--profit', '1e3'],
  ])
    assert.is((await stkr('job', 'quote', ...size, ...wrong)).said['code'], 'usage', wrong.join(' '))
  const spaced = await stkr('job', 'submit', '--kind', 'two words', ...size, ...key())
  assert.is(spaced.said['code'], 'job-kind')
  const spec = await stkr('job', 'submit', '--kind', 'ethereum', '--spec', join(folder, 'none'), ...size, ...key())
  assert.is(spec.said['code'], 'spec-unreadable')
  const none = await stkr('job', 'show', '5')
  assert.equal([none.code, none.said['code']], [1, 'check-no-job'])
  assert.equal((await stkr('job', 'list')).said['jobs'], [])
})

test.run()
