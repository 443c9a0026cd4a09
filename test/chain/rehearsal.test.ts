// The outbox of a dry run on a real EVM node: it says what would be sent and what that would cost, once, sends nothing, and ends
// when somebody else has done it.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRehearsalOutbox } from '../../src/chain/rehearsal.ts'
import type { WouldSend } from '../../src/chain/rehearsal.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Provider } from '../../src/chain/rpc.ts'
import type { Hex } from '../../src/core/types.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { systemClock } from '../support/anvil-network.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('chain/rehearsal')
/** Nobody has its key. */
const SENDER: Hex = '0x00000000000000000000000000000000000000ee'
const THEM: Hex = '0x00000000000000000000000000000000000000bb'
let anvil: Anvil
let provider: Provider

test.before(async () => {
  anvil = await startAnvil()
  provider = await connectRpc({ urls: [anvil.url], timeoutMs: 5_000 })
  await anvil.rpc('anvil_setBalance', SENDER, '0xde0b6b3a7640000')
})
test.after(async () => {
  provider.destroy()
  await anvil.stop()
})

function open() {
  const told: WouldSend[] = []
  const options = { sender: SENDER, pollMs: 5, feeCeiling: 10n ** 12n }
  const outbox = createRehearsalOutbox(options, {
    provider,
    clock: systemClock,
    onWouldSend: (would) => void told.push(would),
  })
  return { outbox, told }
}

test('it says gas, fee and cost, waits until somebody else did it, and tells the same intent once', async () => {
  const { outbox, told } = open()
  let looks = 0
  const obsolete = async () => (++looks > 3 ? 'done-already' : undefined)
  const intent = { key: 'pay', to: THEM, data: '0x', value: 5n, obsolete } as const
  assert.is(await codeRejected(outbox.submit(intent)), 'tx-given-up')
  assert.is(await codeRejected(outbox.submit(intent)), 'tx-given-up')
  assert.is(told.length, 1)
  const [{ name, to, gas, maxFee, cost }] = told as [WouldSend]
  assert.equal([name, to], ['pay', THEM])
  assert.ok(gas >= 21_000n && gas < 60_000n, `${gas}`)
  assert.ok(maxFee > 0n)
  assert.is(cost, gas * maxFee + 5n)
  assert.is(await provider.getTransactionCount(SENDER, 'pending'), 0)
  assert.is(await provider.getBalance(THEM), 0n)
  assert.equal([outbox.unfinished(), outbox.transactions()], [[], []])
})

test('what the chain would refuse is named', async () => {
  const { outbox, told } = open()
  const refusing = { key: 'refused', data: '0xfe' } as const
  assert.match(await codeRejected(outbox.submit(refusing)), /^(?:revert-|chain-failed)/)
  assert.equal(told, [])
})

test('it ends what waits', async () => {
  const { outbox, told } = open()
  const waiting = codeRejected(outbox.submit({ key: 'waits', to: THEM, data: '0x' }))
  while (told.length === 0) await new Promise(setImmediate)
  await outbox.stop()
  assert.is(await waiting, 'outbox-stopped')
  assert.is(await codeRejected(outbox.submit({ key: 'late', to: THEM, data: '0x' })), 'outbox-stopped')
})

test.run()
