// A network from one file onto a real chain, by command line: shown without sending, deployed, killed half-way and continued, verified,
// and refused where the file is wrong or something else stands there.
// time limit: 240 s
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { runCommandLine } from '../../src/cli/program.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'

const NETWORK_FILE = readFileSync(join(import.meta.dirname, '../../deploy/network.yaml'), 'utf8')

const test = suite('cli/deploy')
const MAIN = join(import.meta.dirname, '../../src/main.ts')
let anvil: Anvil
let folder: string

test.before.each(async () => {
  anvil = await startAnvil()
  folder = mkdtempSync(join(tmpdir(), 'stkr-deploy-'))
  writeFileSync(join(folder, 'network.yaml'), NETWORK_FILE)
  writeFileSync(join(folder, 'installer.key'), ANVIL_KEYS[0], { mode: 0o600 })
})
test.after.each(async () => {
  rmSync(folder, { recursive: true })
  await anvil.stop()
})

const flags = (): readonly string[] => [
  ...['--config', join(folder, 'network.yaml'), '--rpc-url', anvil.url, '--out', join(folder, 'addresses.json')],
]
const key = (): readonly string[] => ['--key-file', join(folder, 'installer.key'), '--yes']

interface Said {
  readonly ok: boolean
  readonly code?: string
  readonly why?: string
  readonly missing: readonly string[]
  readonly gasMost: string
  readonly cost: string
  readonly gasUsed: string
  readonly verified: number
  readonly contracts: Readonly<Record<string, string>>
}

async function stkr(...more: readonly string[]): Promise<{ code: number; said: Said; err: readonly string[] }> {
  const out: string[] = []
  const err: string[] = []
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    signal: new AbortController().signal,
  }
  const code = await runCommandLine(['deploy', ...flags(), ...more, '--json'], terminal)
  return { code, said: JSON.parse(out.at(-1) ?? '{}') as Said, err }
}

const blocks = async (): Promise<number> => Number(await anvil.rpc('eth_blockNumber'))

test('shown, deployed, verified; a second time nothing is sent', async () => {
  const shown = await stkr()
  assert.is(shown.code, 0, JSON.stringify(shown.said))
  assert.ok(shown.said.missing.includes('Marketplace'))
  assert.is(await blocks(), 0, 'nothing was sent')
  const early = await stkr('--verify')
  assert.equal([early.code, early.said.code], [1, 'check-deployment'])
  const done = await stkr(...key())
  assert.is(done.code, 0, JSON.stringify(done.said))
  const [most, used] = [Number(shown.said.gasMost), Number(done.said.gasUsed)]
  assert.ok(used <= most && used > most / 2, `${used} gas, at most ${most} foretold`)
  const file = JSON.parse(readFileSync(join(folder, 'addresses.json'), 'utf8')) as Said
  assert.equal(file.contracts, shown.said.contracts, 'where it was said to be')
  const before = await blocks()
  const again = await stkr(...key())
  assert.equal([again.code, again.said.gasUsed, await blocks()], [0, '0', before])
  const verified = await stkr('--verify')
  assert.is(verified.code, 0, JSON.stringify(verified.said))
  assert.ok(verified.said.verified > 60, `${verified.said.verified} facts`)
})

test('other code at an address of the plan does not verify', async () => {
  const { said } = await stkr(...key())
  await anvil.rpc('anvil_setCode', said.contracts['quotes'], '0x00')
  const verified = await stkr('--verify')
  assert.equal([verified.code, verified.said.code], [1, 'check-deployment'])
  assert.match(String(verified.said.why), /Quotes/)
})

test('killed half-way, it continues where it was', async () => {
  const child = spawn(process.execPath, [MAIN, 'deploy', ...flags(), ...key()], { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  const halfway = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      if (/^ 9 of /m.test(told)) resolve()
    })
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await Promise.race([halfway, ended])
  child.kill('SIGKILL')
  await ended
  assert.not(existsSync(join(folder, 'addresses.json')), told)
  const { code, said, err } = await stkr(...key())
  assert.is(code, 0, JSON.stringify(said))
  assert.ok(err.filter((line) => line.includes('there already')).length >= 9, 'what was done is found')
  assert.ok(said.missing.length > 0, 'it was half-way')
  assert.is((await stkr('--verify')).code, 0)
})

const WRONG: readonly (readonly [from: string | RegExp, to: string, why: RegExp])[] = [
  [/votingPeriod: .*/, 'votingPeriod: soon', /government\.policy\.votingPeriod/],
  [/ {2}sink: .*/, '  sink: "0x12"', /registry\.sink: expected an address/],
  [/shortlist: .*/, 'shortlist: 17', /market\.policy\.shortlist/],
  [/stakeWeight: .*/, 'stakeWeight: 2400', /providers\.policy: weights add up/],
  [/network: .*/, 'network: test\nowner: me', /owner/],
]

test('what is wrong in the file is named, and nothing is sent', async () => {
  for (const [from, to, why] of WRONG) {
    writeFileSync(join(folder, 'network.yaml'), NETWORK_FILE.replace(from, to))
    const { code, said } = await stkr(...key())
    assert.equal([code, said.code], [2, 'config-invalid'], to)
    assert.match(String(said.why), why)
  }
  assert.is(await blocks(), 0)
})

test('an installer without the ETH for all of it is told before anything is sent', async () => {
  const { installer } = parse(NETWORK_FILE) as { installer: string }
  await anvil.rpc('anvil_setBalance', installer, '0x2386f26fc10000')
  const { code, said } = await stkr(...key())
  assert.equal([code, said.code], [3, 'deploy-underfunded'])
  assert.match(String(said.why), /has 0\.01 ETH/)
  assert.is(await blocks(), 0)
})

test('what stands in for real parts is not brought to the main network', async () => {
  await anvil.rpc('anvil_setChainId', 1)
  const { said } = await stkr(...key())
  assert.is(said.code, 'deploy-test-parts')
  assert.match(String(said.why), /TestAnkr, DevPriceFeed, DepositContract/)
  assert.is(await blocks(), 0)
})

test('the fee ceiling bounds what it foretells, and is checked', async () => {
  const costAt = async (ceiling: string): Promise<bigint> => BigInt((await stkr('--fee-ceiling', ceiling)).said.cost)
  assert.ok((await costAt('0.1')) < (await costAt('500')))
  const { code, said } = await stkr('--fee-ceiling', 'much')
  assert.equal([code, said.code], [2, 'config-invalid'])
  assert.match(String(said.why), /--fee-ceiling/)
})

test('another key than the installer’s is refused', async () => {
  writeFileSync(join(folder, 'installer.key'), ANVIL_KEYS[1], { mode: 0o600 })
  const { said } = await stkr(...key())
  assert.is(said.code, 'deploy-wrong-account')
  assert.is(await blocks(), 0)
})

test.run()
