// Endpoints that are compared: who lies, lags or serves another chain is set aside by name, and while two histories have
// no majority nothing is read and nothing is signed.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeHashes, judgeHeads } from '../../src/chain/agreement.ts'
import type { Claim, Standing } from '../../src/chain/agreement.ts'
import { createOutbox } from '../../src/chain/outbox.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Provider } from '../../src/chain/rpc.ts'
import { fromHex } from '../../src/core/bytes.ts'
import type { Log } from '../../src/core/ports.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { OUTBOX, silentLog, systemClock } from '../support/anvil-network.ts'
import { codeRejected } from '../support/faults.ts'
import { startRpcDouble } from '../support/rpc-double.ts'
import type { RpcDouble } from '../support/rpc-double.ts'

const pure = suite('chain/agreement: judging')

const at = (head: number): Claim => ({ chainId: 1n, head })
const told = ({ state, code }: Standing): string => code ?? state

const HEADS: readonly (readonly [what: string, claims: readonly Claim[], told: readonly string[]])[] = [
  ['all near', [at(100), at(99), at(103)], ['good', 'good', 'good']],
  ['one behind', [at(100), at(90), at(101)], ['good', 'rpc-lagging', 'good']],
  ['one made-up head sets nobody aside', [at(100), at(9999), at(101)], ['good', 'good', 'good']],
  ['another chain', [at(100), { chainId: 2n, head: 100 }], ['good', 'rpc-wrong-chain']],
  ['no answer', [at(100), { trouble: 'rpc-status' }], ['good', 'rpc-status']],
  ['of two the one behind waits', [at(100), at(200)], ['rpc-lagging', 'good']],
]
for (const [what, claims, expected] of HEADS)
  pure(what, () => {
    assert.equal(judgeHeads(claims, 1n, 5).map(told), expected)
  })

const HASHES: readonly (readonly [
  what: string,
  hashes: readonly (string | null | undefined)[],
  split: boolean,
  told: readonly string[],
])[] = [
  ['agree', ['a', 'a'], false, ['good', 'good']],
  ['one of three differs', ['a', 'b', 'a'], false, ['good', 'rpc-disagrees', 'good']],
  ['two differ', ['a', 'b'], true, ['rpc-disagrees', 'rpc-disagrees']],
  ['half is no majority', ['a', 'b', 'a', 'b'], true, Array<string>(4).fill('rpc-disagrees')],
  ['three different ones', ['a', 'b', 'c'], true, Array<string>(3).fill('rpc-disagrees')],
  ['lacks the block', ['a', null], false, ['good', 'rpc-lagging']],
  ['does not say', ['a', undefined], false, ['good', 'rpc-garbled']],
]
for (const [what, hashes, split, expected] of HASHES)
  pure(`blocks: ${what}`, () => {
    const standings = judgeHeads(
      hashes.map(() => at(100)),
      1n,
      5,
    )
    const judged = judgeHashes(standings, hashes)
    assert.is(judged.split, split)
    assert.equal(judged.standings.map(told), expected)
  })

pure.run()

const test = suite('chain/agreement: real endpoints')
const COMPARE = { everyMs: 1_000, depth: 2, lagBlocks: 3 }
let anvil: Anvil
let doubles: RpcDouble[] = []
let nowMs = 0

async function connect(count: number): Promise<{ provider: Provider; warned: string[] }> {
  doubles = await Promise.all(Array.from({ length: count }, () => startRpcDouble(anvil.url)))
  const warned: string[] = []
  const log: Log = {
    ...silentLog,
    warn: (_, fields) => void warned.push(fields && 'code' in fields ? String(fields.code) : ''),
  }
  const urls = doubles.map(({ url }) => url)
  const provider = await connectRpc({ urls, timeoutMs: 2_000, compare: COMPARE }, { now: () => nowMs, log })
  return { provider, warned }
}

/** The next request finds the time for a comparison come; waits until its outcome is what is expected. */
async function compared(provider: Provider, states: readonly string[]): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (provider.endpoints().map(told).join() === states.join()) return
    nowMs += COMPARE.everyMs
    await provider.getBlockNumber().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(provider.endpoints().map(told), states)
}

const OTHER = `0x${'ab'.repeat(32)}`
const lie: NonNullable<RpcDouble['twists']> = (method, result) =>
  method === 'eth_getBlockByNumber' ? { ...(result as object), hash: OTHER } : undefined

test.before(async () => {
  anvil = await startAnvil()
  await anvil.rpc('anvil_mine', '0x14')
})
test.after.each(async () => {
  for (const double of doubles) await double.stop()
})
test.after(async () => {
  await anvil.stop()
})

test('one of three that tells another history is set aside, said once, and used again when it agrees', async () => {
  const { provider, warned } = await connect(3)
  const [liar] = doubles
  assert.is(await provider.getBlockNumber(), 20)
  if (liar) liar.twists = lie
  await compared(provider, ['rpc-disagrees', 'good', 'good'])
  const asked = liar?.requests
  assert.is(await provider.getBlockNumber(), 20)
  assert.is(liar?.requests, asked, 'it is asked nothing more')
  assert.equal(warned, ['rpc-disagrees'])
  if (liar) liar.twists = undefined
  await compared(provider, ['good', 'good', 'good'])
})

test('one that lags is set aside', async () => {
  const { provider } = await connect(2)
  assert.is(await provider.getBlockNumber(), 20)
  const [first] = doubles
  if (first) first.twists = (method) => (method === 'eth_blockNumber' ? '0x1' : undefined)
  await compared(provider, ['rpc-lagging', 'good'])
  assert.is(await provider.getBlockNumber(), 20)
})

test('one that is far ahead with another past is not believed', async () => {
  const { provider, warned } = await connect(2)
  const [first] = doubles
  if (first) first.twists = (method, result) => (method === 'eth_blockNumber' ? '0x99999' : lie(method, result))
  assert.is(await codeRejected(provider.getBlockNumber()), 'rpc-split')
  assert.ok(warned.includes('rpc-split'))
})

test('while two tell different histories nothing is signed; the work goes on when they agree', async () => {
  const { provider, warned } = await connect(2)
  const pending = createVolatilePending()
  const deps = { provider, pending, clock: systemClock, log: silentLog }
  const outbox = createOutbox({ senderKey: fromHex(ANVIL_KEYS[0]), ...OUTBOX }, deps)
  await outbox.start()
  const [first] = doubles
  if (first) first.twists = lie
  await compared(provider, ['rpc-disagrees', 'rpc-disagrees'])
  const intent = { key: 'waits', to: '0x00000000000000000000000000000000000000cc', data: '0x' } as const
  assert.is(await codeRejected(outbox.submit(intent)), 'rpc-split')
  assert.equal(await pending.all(), [], 'nothing was signed')
  assert.ok(warned.includes('rpc-split'))
  if (first) first.twists = undefined
  await compared(provider, ['good', 'good'])
  assert.is((await outbox.submit(intent)).status, 1)
  await outbox.stop()
})

test('one that does not let itself be compared is used only when there is no other', async () => {
  const { provider } = await connect(2)
  const [shy, other] = doubles
  if (shy) shy.wrong = (response) => response.writeHead(429).end()
  await compared(provider, ['rpc-status', 'good'])
  if (shy) shy.wrong = undefined
  if (other) other.wrong = (response) => response.destroy()
  assert.is(await codeRejected(provider.getBlockNumber()), 'rpc-unreachable', 'not compared, not believed')
  await compared(provider, ['good', 'rpc-no-connection'])
  assert.is(await provider.send('eth_chainId', []), '0x7a69')
})

test.run()
