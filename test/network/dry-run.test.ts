// A dry run in a real local network: beside the sidecar whose keys it has, and in its place when that one is dead. It follows
// that one's duties and says what it would send; the account sends nothing, the data directory stays as it was to the
// byte, and in the certified results nobody heard a word of that sidecar.
// runs in a pair
// time limit: 300 s

import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRecordSigner } from '../../src/native/records.ts'
import { startNetwork, verified } from './support.ts'
import type { TestNetwork } from './support.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const ID = 4
const test = suite('network/dry-run')
let network: TestNetwork
const temporary = mkdtempSync(join(tmpdir(), 'stkr-dry-'))

const rpc = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const answer: unknown = await (await fetch(network.devnet.rpcUrl, { method: 'POST', headers, body })).json()
  return (answer as { readonly result?: unknown }).result
}

/** Asks again until it is so; the runner's time limit ends what never is. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    await sleep(200)
  }
}

/** Everything below a folder, by what it holds. */
const contents = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    )
    .sort()

interface Line extends Readonly<Record<string, unknown>> {
  readonly type?: string
}

function start(...more: readonly string[]) {
  const plan = network.devnet.plans[ID - 1]
  const home = ['--data-dir', plan?.dataDir ?? '', '--listen', '/ip4/127.0.0.1/tcp/0', '--log-level', 'info']
  const child = spawn(process.execPath, [MAIN, 'run', '--dry-run', ...home, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const lines = (): readonly Line[] =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  return { child, ended, lines, out: () => out, err: () => err }
}

test.before(async () => {
  network = await startNetwork(4, [], 0.5)
})
test.after(async () => {
  await network.devnet.stop()
  rmSync(temporary, { recursive: true, force: true })
})

test('beside the running sidecar, for a span: it ends by itself and says that nothing was sent', async () => {
  const run = start('--for', '6s')
  assert.is(await run.ended, 0, run.err().slice(-2_000))
  assert.match(run.out(), /dry run of \d+ s as .*: nothing was sent, nothing was signed/)
  assert.match(run.out(), /[1-9]\d* peers, node ready/)
})

test('a span without a dry run, or that is none, is refused', async () => {
  const run = start('--for', 'soon')
  assert.is(await run.ended, 2, run.err())
})

test('in place of a dead sidecar it tells duties and transactions, and nobody hears of it', async () => {
  const { devnet } = network
  await devnet.periods(1)
  const plan = devnet.plans[ID - 1]
  assert.ok(plan)
  const { address } = createRecordSigner(plan.keys.record)
  await devnet.parts.find(({ name }) => name === `node${ID}`)?.kill()
  const [nonce, balance] = [
    await rpc('eth_getTransactionCount', address, 'pending'),
    await rpc('eth_getBalance', address, 'latest'),
  ]
  const before = contents(plan.dataDir)

  const run = start('--json')
  const seen = (type: string) => run.lines().filter((line) => line.type === type)
  const duty = await until(() => seen('duty').find(({ id }) => id === ID))
  assert.is(duty['slot'], ID - 1)
  assert.is((duty['targets'] as readonly number[]).length, (duty['auditors'] as readonly number[]).length)
  run.child.kill('SIGUSR2')
  await until(() => (run.err().includes('"logLevel":"debug"') ? true : undefined))

  // Fees above everybody's ceiling: what is certified is posted by nobody, until even the last in turn would.
  const would = await until(async () => {
    await rpc('anvil_setNextBlockBaseFeePerGas', '0x1d1a94a2000')
    return seen('would-send').find(({ name }) => String(name).startsWith('post:'))
  })
  assert.ok(BigInt(String(would['gas'])) > 100_000n, JSON.stringify(would))
  assert.ok(BigInt(String(would['cost'])) > 0n)
  const posted = seen('posted').length
  const [first, second] = await until(() => {
    const later = seen('posted').slice(posted)
    return later.length >= 2 ? later.map(({ period }) => Number(period)) : undefined
  })
  run.child.kill('SIGINT')
  assert.is(await run.ended, 130, run.err().slice(-2_000))

  const result = run.lines().at(-1) ?? {}
  assert.is(result['ok'], true)
  assert.is(result['dryRun'], true)
  assert.is(result['sidecar'], ID)
  assert.is(result['signer'], address)
  assert.ok((result['wouldSend'] as readonly unknown[]).length > 0)
  assert.not.ok(seen('posted').some(({ ours }) => ours === true))
  for (const type of ['probed', 'sealed', 'revealed', 'stated', 'voted', 'bid-placed'])
    assert.equal(seen(type), [], type)
  assert.is(await rpc('eth_getTransactionCount', address, 'pending'), nonce)
  assert.is(await rpc('eth_getBalance', address, 'latest'), balance)
  assert.equal(contents(plan.dataDir), before)
  assert.equal(
    readdirSync(temporary).filter((name) => name.startsWith('stkr-dry-run-')),
    [],
  )

  const diligence = async (period = -1): Promise<number | undefined> =>
    (await verified(devnet, period, 1)).leaves.find(({ id }) => id === ID)?.diligenceSum
  assert.is(await diligence(second), await diligence(first), 'no report of it was ever seen')
})

test.run()
