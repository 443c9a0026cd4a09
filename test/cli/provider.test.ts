// A provider from application to enrolment and a requester's first job, by command line against real contracts: every
// command shows where one stands, repeating one sends nothing, mistakes are told by code.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviderDesk } from '../../src/chain/provider.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { toHex } from '../../src/core/bytes.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, openOwn, startNetwork } from '../support/anvil-network.ts'
import { ANKR, MARKET, startMarket } from '../support/anvil-market.ts'
import type { TestMarket } from '../support/anvil-market.ts'

// time limit: 120 s
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
const key = (): readonly string[] => ['--key-file', join(folder, 'owner.key')]
const transactions = (): Promise<number> =>
  world.net.provider.getTransactionCount(world.net.sidecars[0]?.record.address ?? '0x')

const APPLY = ['provider', 'apply', '--brand', 'Blue Nodes', '--cpu', '64', '--storage', '2000.5', '--ceiling', '500']

test('before it applied an account is no provider', async () => {
  const { code, said } = await stkr('provider', 'show', ...key())
  assert.equal([code, said['code']], [2, 'usage'])
})

test('apply, be qualified, stake, enrol: each once, however often it is said', async () => {
  const applied = await stkr(...APPLY, ...key())
  assert.is(applied.code, 0, JSON.stringify(applied.said))
  const capacity = { cpuMilliGhz: 64_000, memoryMilliGb: 0, storageMilliGb: 2_000_500 }
  const { handles } = await openProviderDesk(world.marketplace, world.net)
  await world.net.decided(handles.providers.call('qualify', [1, 'Blue Nodes', capacity, 500n * ANKR]))
  await stkr('provider', 'stake', '400.5', ...key())
  await stkr('provider', 'enrol', '1', ...key())
  const before = await transactions()
  await stkr(...APPLY, ...key())
  await stkr('provider', 'stake', '400.5', ...key())
  const { said } = await stkr('provider', 'enrol', '1', ...key())
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

test('what the account or the contract refuses is told by code', async () => {
  const poor = await stkr('provider', 'stake', '900', ...key())
  assert.is(poor.said['code'], 'token-short')
  const foreign = await stkr('provider', 'enrol', '99', ...key())
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
  const spaced = await stkr('job', 'submit', '--kind', 'two words', ...size, ...key())
  assert.is(spaced.said['code'], 'job-kind')
  const spec = await stkr('job', 'submit', '--kind', 'ethereum', '--spec', join(folder, 'none'), ...size, ...key())
  assert.is(spec.said['code'], 'spec-unreadable')
  const none = await stkr('job', 'show', '5')
  assert.equal([none.code, none.said['code']], [1, 'check-no-job'])
  assert.equal((await stkr('job', 'list')).said['jobs'], [])
})

test.run()
