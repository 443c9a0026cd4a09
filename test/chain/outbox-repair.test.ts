// What goes wrong around an outbox on a real EVM node: gaps, nonces used by another program, endpoints that forget or refuse,
// reorganisations, and a process with a real store that is killed between signing, sending and mining. Whatever happens,
// each intent has its effect once. Effects are ether: an account that nobody else pays counts them.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Transaction, Wallet } from 'ethers'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createGapWatch } from '../../src/chain/nonces.ts'
import type { OutboxOptions } from '../../src/chain/outbox.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import { Fault } from '../../src/core/errors.ts'
import type { Hex } from '../../src/core/types.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { openOutbox } from '../support/anvil-network.ts'
import type { Party } from '../support/anvil-network.ts'
import { until } from '../support/p2p.ts'
import { startRpcDouble } from '../support/rpc-double.ts'
import type { RpcDouble } from '../support/rpc-double.ts'

const GWEI = 10n ** 9n
const SENDER = new Wallet(ANVIL_KEYS[0])
const WAIT_MS = 30_000
let anvil: Anvil
let double: RpcDouble
let opened: Party[] = []
let accounts = 0

const open = async (options: Partial<OutboxOptions> = {}, pending = createVolatilePending()): Promise<Party> => {
  const made = await openOutbox(double.url, ANVIL_KEYS[0], options, pending)
  opened.push(made)
  return made
}
/** An account that has nothing yet. */
const account = (): Hex => `0x${(++accounts).toString(16).padStart(4, '0').padStart(40, 'f')}`
const balance = async (of: Hex): Promise<bigint> => BigInt(String(await anvil.rpc('eth_getBalance', of, 'latest')))
const used = async (): Promise<number> => Number(await anvil.rpc('eth_getTransactionCount', SENDER.address, 'latest'))
const pay = (key: string, to: Hex, value: bigint) => ({ key, to, data: '0x', value }) as const
const mine = () => anvil.rpc('evm_mine')
const pooled = async (): Promise<{ pending: number; queued: number }> => {
  const { pending, queued } = (await anvil.rpc('txpool_status')) as { pending: string; queued: string }
  return { pending: Number(pending), queued: Number(queued) }
}
const wait = (what: string, done: () => boolean | Promise<boolean>): Promise<void> =>
  until(
    async () => done(),
    () => what,
    WAIT_MS,
  )
/** Whoever fails before it waits must not hear of an unheard refusal as well. */
const submit = ({ outbox }: Party, ...intent: Parameters<typeof pay>): ReturnType<Party['outbox']['submit']> => {
  const receipt = outbox.submit(pay(...intent))
  receipt.catch(() => undefined)
  return receipt
}
const faultOf = (promise: Promise<unknown>): Promise<Fault | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof Fault ? error : undefined),
  )
/** Another program with the same key, which asks nobody. */
const sendBehind = async (nonce: number, to: Hex, value: bigint, max = 100n * GWEI): Promise<Hex> => {
  // Enough to take the place of one of ours.
  const fees = { maxFeePerGas: max, maxPriorityFeePerGas: 10n * GWEI }
  const raw = await SENDER.signTransaction(
    Transaction.from({ type: 2, chainId: 31337, nonce, to, value, gasLimit: 21_000, ...fees }),
  )
  return (await anvil.rpc('eth_sendRawTransaction', raw)) as Hex
}

const test = suite('chain/outbox: repair')

test.before.each(async () => {
  anvil = await startAnvil('--no-mining', '--order', 'fifo')
  double = await startRpcDouble(anvil.url)
})
test.after.each(async () => {
  for (const { outbox } of opened) await outbox.stop()
  opened = []
  await double.stop()
  await anvil.stop()
})

test('a gap that another program left is used up by an empty transaction; ours arrives once', async () => {
  const [us, them] = [account(), account()]
  const party = await open()
  const theirs = await sendBehind(0, them, 1n)
  const ours = submit(party, 'behind', us, 5n)
  await wait('ours waits behind', async () => (await pooled()).pending === 2)
  await anvil.rpc('anvil_dropTransaction', theirs)
  assert.equal(
    party.outbox.transactions().map(({ name, nonce }) => [name, nonce]),
    [['behind', 1]],
  )
  await wait('mined', async () => {
    await mine()
    return (await balance(us)) === 5n
  })
  assert.is((await ours).status, 1)
  await wait('nothing is left', async () => {
    await mine()
    return party.outbox.unfinished().length === 0
  })
  assert.is(await balance(them), 0n)
  assert.is(await used(), 2, 'the empty one and ours')
})

test('what another program has waiting before ours is left alone', async () => {
  const [us, them] = [account(), account()]
  const party = await open()
  await sendBehind(0, them, 1n)
  const ours = submit(party, 'patient', us, 5n)
  await wait('ours waits behind', async () => (await pooled()).pending === 2)
  const asked = double.requests
  await wait('it has looked often', () => double.requests > asked + 60)
  assert.equal(party.outbox.unfinished(), ['patient'])
  await mine()
  assert.is((await ours).status, 1)
  assert.is(await balance(them), 1n)
  assert.is(await used(), 2)
})

test('an endpoint that forgets what it took is given it again, at the same price', async () => {
  const us = account()
  const party = await open()
  const ours = submit(party, 'forgotten', us, 5n)
  await wait('sent', async () => (await pooled()).pending === 1)
  await anvil.rpc('anvil_dropAllTransactions')
  await wait('sent again', async () => (await pooled()).pending === 1)
  assert.is(party.outbox.transactions()[0]?.attempts, 1)
  await mine()
  assert.is((await ours).status, 1)
  assert.is(await balance(us), 5n)
})

test('only the first in line is made dearer; what waits behind it keeps its price', async () => {
  const us = account()
  const party = await open({ replaceAfterMs: 50 })
  const first = submit(party, 'first', us, 3n)
  await wait('sent', async () => (await pooled()).pending === 1)
  const second = submit(party, 'second', us, 4n)
  await wait('both sent', async () => (await pooled()).pending === 2)
  await wait('the first is replaced', () => (party.outbox.transactions()[0]?.attempts ?? 0) > 3)
  assert.is(party.outbox.transactions()[1]?.attempts, 1)
  const [a, b] = party.outbox.transactions()
  assert.equal([a?.name, a?.nonce, b?.name, b?.nonce], ['first', 0, 'second', 1])
  await wait('all mined', async () => {
    await mine()
    return party.outbox.unfinished().length === 0
  })
  assert.equal([(await first).status, (await second).status], [1, 1])
  assert.is(await balance(us), 7n)
  assert.is(await used(), 2)
})

test('at the fee ceiling it says so, offers no more than that, and arrives once when fees fall', async () => {
  const us = account()
  const ceiling = 60n * GWEI
  const baseFee = (gwei: bigint) => anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(gwei * GWEI).toString(16)}`)
  const party = await open({ replaceAfterMs: 50, feeCeiling: ceiling })
  const ours = submit(party, 'thrifty', us, 9n)
  await wait('sent', async () => (await pooled()).pending === 1)
  await wait('named', async () => {
    await baseFee(200n)
    await mine()
    return party.outbox.transactions()[0]?.code === 'tx-fee-ceiling'
  })
  const [told] = party.outbox.transactions()
  assert.ok(told && told.maxFee <= ceiling && told.attempts > 1, `${told?.attempts} attempts, ${told?.maxFee}`)
  assert.is(await balance(us), 0n)
  await wait('mined', async () => {
    await baseFee(1n)
    await mine()
    return (await balance(us)) === 9n
  })
  const receipt = await ours
  const sent = await party.provider.getTransaction(receipt.hash)
  assert.ok((sent?.maxFeePerGas ?? 0n) <= ceiling, `${sent?.maxFeePerGas}`)
  assert.is(sent?.nonce, 0)
  assert.is(await used(), 1)
})

test('refused when it is sent again: its nonce is used up, and what is behind it arrives', async () => {
  const [us, other] = [account(), account()]
  const party = await open()
  const unheard: NonNullable<RpcDouble['wrong']> = (response, method) =>
    method === 'eth_sendRawTransaction' ? response.destroy() : false
  double.wrong = unheard
  const first = faultOf(submit(party, 'refused', us, 3n))
  await wait('signed', () => party.outbox.transactions()[0]?.code === 'rpc-unreachable')
  double.wrong = undefined
  // From now on this very transaction is refused; the empty one with its nonce is not.
  const target = us.slice(2)
  double.refuses = (body) =>
    body.includes('eth_sendRawTransaction') && body.includes(target) ? 'no such thing' : undefined
  const second = submit(party, 'behind', other, 4n)
  await wait('all settled', async () => {
    await mine()
    return party.outbox.unfinished().length === 0
  })
  const fault = await first
  assert.equal([fault?.code, fault?.data['why']], ['tx-given-up', 'tx-refused'])
  assert.is((await second).status, 1)
  assert.equal([await balance(us), await balance(other)], [0n, 4n])
  assert.is(await used(), 2)
})

test('a nonce used by another program while nobody waits: signed anew after a restart, once', async () => {
  const [us, them] = [account(), account()]
  const disk = createVolatilePending()
  const first = await open({}, disk)
  const lost = faultOf(submit(first, 'restored', us, 5n))
  await wait('sent', async () => (await pooled()).pending === 1)
  await first.outbox.stop()
  assert.is((await lost)?.code, 'outbox-stopped')
  await anvil.rpc('anvil_dropAllTransactions')
  await sendBehind(0, them, 1n)
  await mine()
  const next = await open({}, disk)
  await wait('finished', async () => {
    await mine()
    return next.outbox.unfinished().length === 0
  })
  assert.equal([await balance(us), await balance(them)], [5n, 1n])
  assert.equal(await disk.all(), [])
})

test('a nonce that a reorganisation gives back is not signed anew', async () => {
  const [us, them] = [account(), account()]
  const party = await open({ confirmations: 3 })
  await anvil.rpc('anvil_mine', '0x5')
  const ours = submit(party, 'reorganised', us, 5n)
  await wait('sent', async () => (await pooled()).pending === 1)
  await sendBehind(0, them, 1n)
  await mine()
  assert.is(await balance(them), 1n)
  const asked = double.requests
  await wait('it has looked often', () => double.requests > asked + 60)
  assert.is(party.outbox.transactions()[0]?.nonce, 0, 'one block is no proof')
  await anvil.rpc('anvil_rollback', 1)
  await wait('mined and confirmed', async () => {
    await mine()
    return party.outbox.unfinished().length === 0
  })
  assert.is((await ours).status, 1)
  assert.is(await balance(us), 5n)
  assert.is(await used(), 1)
})

const SENDER_FILE = fileURLToPath(new URL('../support/outbox-sender.ts', import.meta.url))
/** Runs the sender until it ends; what it found unfinished. */
async function runSender(folder: string, to: Hex, started: (kill: () => void) => void): Promise<string> {
  const args = [SENDER_FILE, folder, double.url, ANVIL_KEYS[0], to]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise((resolve) => child.once('close', resolve))
  started(() => child.kill('SIGKILL'))
  await ended
  return said.trim()
}

for (const died of ['between signing and sending', 'between sending and its receipt'] as const)
  test(`a process killed ${died} finishes it at its next start, once`, async () => {
    const us = account()
    const folder = await mkdtemp(join(tmpdir(), 'stkr-outbox-'))
    const store = join(folder, 'store')
    const before = await runSender(store, us, (kill) => {
      double.wrong = (response, method, body) => {
        if (method !== 'eth_sendRawTransaction') return false
        const passOn = died === 'between sending and its receipt'
        void (
          passOn ? anvil.rpc(method, ...(JSON.parse(body) as { params: string[] }).params) : Promise.resolve()
        ).then(() => {
          kill()
          response.destroy()
        })
        return true
      }
    })
    assert.is(before, '0')
    assert.is((await pooled()).pending, died === 'between signing and sending' ? 0 : 1)
    double.wrong = undefined
    const mining = setInterval(() => void mine(), 50)
    assert.is(await runSender(store, us, () => undefined), '1', 'found in the store')
    clearInterval(mining)
    assert.is(await balance(us), 7n)
    assert.is(await used(), 1)
    await rm(folder, { recursive: true })
  })

test.run()

const pure = suite('chain/nonces')

pure('a gap is named after so many looks in a row, and never while somebody holds the nonce', () => {
  const look = fc.record({ first: fc.option(fc.nat(4), { nil: undefined }), used: fc.nat(4), heard: fc.nat(4) })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(look, { maxLength: 40 }), (looks, seen) => {
      const watch = createGapWatch(looks)
      let row: number[] = []
      for (const { first, used: count, heard } of seen) {
        const gap = first !== undefined && first > count && heard <= count
        row = gap && row.at(-1) === count ? [...row, count] : gap ? [count] : []
        const expected = row.length === looks ? count : undefined
        assert.is(watch(first, count, heard), expected)
        if (expected !== undefined) row = []
      }
    }),
  )
})

pure.run()
