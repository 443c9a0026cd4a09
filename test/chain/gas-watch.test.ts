// Whether the signer can pay: what is thought of a balance and a fee, and a watch over a real EVM node whose balance and base
// fee the test sets; it warns once for each change.
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { POSTING_GAS, createGasWatch, judgeGas } from '../../src/chain/gas-watch.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import type { Hex } from '../../src/core/types.ts'
import { startAnvil } from '../support/anvil.ts'
import { silentLog } from '../support/anvil-network.ts'
import { until } from '../support/p2p.ts'
import { startRpcDouble } from '../support/rpc-double.ts'

const GWEI = 10n ** 9n
const postings = (count: number, fee = GWEI): bigint => BigInt(count) * POSTING_GAS * fee

const pure = suite('chain/gas-watch: judging')

pure('below 20 postings is low, below two is out, and it has recovered at a quarter more', () => {
  const codeAt = (count: number, before: Parameters<typeof judgeGas>[2]) => judgeGas(postings(count), GWEI, before).code
  for (const [count, before, code] of [
    [20, undefined, undefined],
    [19, undefined, 'gas-low'],
    [24, 'gas-low', 'gas-low'],
    [25, 'gas-low', undefined],
    [2, 'gas-low', 'gas-low'],
    [1, 'gas-low', 'gas-out'],
    [2, 'gas-out', 'gas-out'],
    [3, 'gas-out', 'gas-low'],
    [30, 'gas-out', undefined],
  ] as const)
    assert.is(codeAt(count, before), code, `${count} after ${before}`)
})

pure('any balance and fee: a whole number of postings that the balance pays for', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 24n), fc.bigInt(0n, 10n ** 13n), (balance, fee) => {
      const { postingsLeft, postingCost } = judgeGas(balance, fee, undefined)
      assert.ok(Number.isSafeInteger(postingsLeft) && postingsLeft >= 0)
      assert.ok(BigInt(postingsLeft) * postingCost <= balance)
    }),
  )
})

pure.run()

const test = suite('chain/gas-watch')
const ACCOUNT: Hex = '0x00000000000000000000000000000000000000ab'

test('it warns when the balance falls or the fee rises, once each, and says when it is well again', async () => {
  const anvil = await startAnvil('--base-fee', String(GWEI))
  const double = await startRpcDouble(anvil.url)
  const provider = await connectRpc({ urls: [double.url], timeoutMs: 5_000 })
  let due: (() => void) | undefined
  const clock: Clock = { now: () => 0, at: (_, task) => ((due = task), () => (due = undefined)) }
  const said: string[] = []
  const note = (level: string) => (_: string, fields?: object) =>
    void said.push(`${level} ${fields && 'code' in fields ? String(fields.code) : ''}`.trim())
  const log: Log = { ...silentLog, warn: note('warn'), info: note('info') }
  const options = { account: ACCOUNT, everyMs: 1, feeCeiling: 1_000n * GWEI }
  const watch = createGasWatch(options, { provider, clock, log })
  const setBalance = (wei: bigint) => anvil.rpc('anvil_setBalance', ACCOUNT, `0x${wei.toString(16)}`)
  /** One look from its beginning to its end. */
  const look = async (): Promise<void> => {
    const task = due
    due = undefined
    if (task) task()
    else watch.start()
    await until(
      async () => due !== undefined,
      () => 'it never looked',
    )
  }

  assert.is(watch.status(), undefined)
  const { maxFeePerGas } = await provider.getFeeData()
  const cost = POSTING_GAS * (maxFeePerGas ?? 0n)
  await setBalance(cost * 100n)
  await look()
  assert.is(watch.status()?.code, undefined)
  assert.is(watch.status()?.postingsLeft, 100)
  await setBalance(cost * 10n)
  await look()
  await look()
  assert.equal(said, ['warn gas-low'])
  await setBalance(cost)
  await look()
  assert.equal(said.slice(1), ['warn gas-out'])
  double.wrong = (response) => response.destroy()
  await look()
  assert.is(watch.status()?.code, 'gas-out', 'what was known stands')
  double.wrong = undefined
  await setBalance(cost * 100n)
  await look()
  assert.equal(said.slice(2), ['info'])
  await anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(10n * GWEI).toString(16)}`)
  await anvil.rpc('evm_mine')
  await look()
  assert.is(watch.status()?.code, 'gas-low', 'the fee rose')
  await watch.stop()
  provider.destroy()
  await double.stop()
  await anvil.stop()
})

test.run()
