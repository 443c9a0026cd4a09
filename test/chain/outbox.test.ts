// The outbox on a real EVM node: order, refusals, replacement when fees rise, and a process that dies between any two
// of its steps. The node mines when the test says so.
import { Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import { TestAnkrBytecode } from '../../src/chain/bytecode/TestAnkr.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { createOutbox } from '../../src/chain/outbox.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import type { Pending } from '../../src/chain/pending.ts'
import { fromHex, keccak256, toHex, utf8ToBytes, word, wordOf } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import type { Hex } from '../../src/core/types.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { OUTBOX, openOutbox, silentLog, systemClock } from '../support/anvil-network.ts'
import type { Party } from '../support/anvil-network.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('chain/outbox')
const GWEI = 10n ** 9n
const THEM: Hex = '0x00000000000000000000000000000000000000bb'
let anvil: Anvil
let party: Party
let token: Hex
const opened: Party[] = []

const open = async (...args: Parameters<typeof openOutbox>): Promise<Party> => {
  const made = await openOutbox(...args)
  opened.push(made)
  return made
}

const ankr = (at: Party = party) => bindContract(TestAnkrAbi, token, at.provider)
const mint = (amount: bigint) => ankr().call('mint', [THEM, amount])
const minted = () => ankr().read('balanceOf', [THEM])
const until = async (what: string, done: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 1000; i++) {
    if (await done()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never happened: ${what}`)
}
const mempool = async (): Promise<number> => {
  const status = await anvil.rpc('txpool_status')
  return typeof status === 'object' && status !== null && 'pending' in status ? Number(status.pending) : -1
}
const manually = async (run: () => Promise<void>): Promise<void> => {
  await anvil.rpc('evm_setAutomine', false)
  try {
    await run()
  } finally {
    await anvil.rpc('evm_setAutomine', true)
    await anvil.rpc('evm_mine')
  }
}
/** What came of it, asked for at once so that no refusal goes unheard while the test does other things. */
const faultOf = (promise: Promise<unknown>): Promise<Fault | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof Fault ? error : undefined),
  )

test.before(async () => {
  anvil = await startAnvil()
  party = await open(anvil.url, ANVIL_KEYS[0])
  const receipt = await party.outbox.submit({ key: 'deploy', data: TestAnkrBytecode })
  token = (receipt.contractAddress ?? '').toLowerCase() as Hex
})
test.after(async () => {
  for (const { outbox } of opened.reverse()) await outbox.stop()
  await anvil.stop()
})

test('intents given together take consecutive nonces and all arrive', async () => {
  const before = await minted()
  const receipts = await Promise.all([1n, 2n, 3n, 4n].map((n) => party.outbox.submit({ key: `many:${n}`, ...mint(n) })))
  assert.is((await minted()) - before, 10n)
  assert.is(new Set(receipts.map((receipt) => receipt.hash)).size, 4)
  assert.equal(party.outbox.unfinished(), [])
  assert.equal(await party.pending.all(), [])
})

test('the same intent given twice is one transaction', async () => {
  const before = await minted()
  const intent = { key: 'twice', ...mint(5n) }
  const [a, b] = await Promise.all([party.outbox.submit(intent), party.outbox.submit(intent)])
  assert.is(a.hash, b.hash)
  assert.is((await minted()) - before, 5n)
})

test('what the contract refuses is named and never sent', async () => {
  const call = ankr().call('transferFrom', [THEM, party.outbox.sender, 10n ** 30n])
  const transactions = await party.provider.getTransactionCount(party.outbox.sender)
  const refused = await faultOf(party.outbox.submit({ key: 'refused', ...call }))
  assert.is(refused?.code, 'revert-erc20-insufficient-allowance')
  assert.is(refused?.data['needed'], String(10n ** 30n))
  assert.is(await party.provider.getTransactionCount(party.outbox.sender), transactions)
  assert.equal(await party.pending.all(), [])
})

test('what becomes impossible before it is mined is named when it is', async () => {
  await party.outbox.submit({ key: 'purse', ...ankr().call('mint', [party.outbox.sender, 7n]) })
  await manually(async () => {
    const sending = faultOf(party.outbox.submit({ key: 'spend', ...ankr().call('transfer', [THEM, 7n]) }))
    await until('sent', async () => (await mempool()) === 1)
    // The purse is emptied in between: ERC20._balances is the token's first storage slot.
    const slot = toHex(keccak256(wordOf(party.outbox.sender), word(0)))
    await anvil.rpc('anvil_setStorageAt', token, slot, toHex(word(1)))
    await anvil.rpc('evm_mine')
    assert.is((await sending)?.code, 'revert-erc20-insufficient-balance')
  })
})

test('a sender without ETH is told so', async () => {
  const poor = await open(anvil.url, `0x${'11'.repeat(32)}`)
  assert.is(await codeRejected(poor.outbox.submit({ key: 'poor', ...mint(1n) })), 'chain-unfunded')
  assert.equal(await poor.pending.all(), [])
})

test('a transaction priced out is replaced with the same nonce and mined once', async () => {
  const before = await minted()
  const quick = await open(anvil.url, ANVIL_KEYS[1], { replaceAfterMs: 100 })
  await manually(async () => {
    const arriving = quick.outbox.submit({ key: 'spike', ...mint(11n) })
    await until('sent', async () => (await mempool()) === 1)
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(50n * GWEI).toString(16)}`)
    await anvil.rpc('evm_mine')
    assert.is((await minted()) - before, 0n, 'too cheap for the spike')
    await until('mined at the higher price', async () => {
      await anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(50n * GWEI).toString(16)}`)
      await anvil.rpc('evm_mine')
      return (await minted()) - before === 11n
    })
    const receipt = await arriving
    const sent = await quick.provider.getTransaction(receipt.hash)
    assert.ok((sent?.maxFeePerGas ?? 0n) >= 50n * GWEI, `max fee ${sent?.maxFeePerGas}`)
    assert.is(sent?.nonce, 0)
  })
  assert.equal(await quick.pending.all(), [])
})

test('fees never pass the ceiling: the transaction waits and arrives when they fall', async () => {
  const before = await minted()
  const thrifty = await open(anvil.url, ANVIL_KEYS[1], { replaceAfterMs: 50, feeCeiling: 60n * GWEI })
  await manually(async () => {
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(200n * GWEI).toString(16)}`)
    await anvil.rpc('evm_mine')
    const arriving = thrifty.outbox.submit({ key: 'thrifty', ...mint(13n) })
    await until('sent', async () => (await thrifty.pending.all()).length === 1)
    for (let i = 0; i < 5; i++) {
      await anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(200n * GWEI).toString(16)}`)
      await anvil.rpc('evm_mine')
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    assert.is((await minted()) - before, 0n)
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', `0x${GWEI.toString(16)}`)
    await until('mined', async () => {
      await anvil.rpc('evm_mine')
      return (await minted()) - before === 13n
    })
    const sent = await thrifty.provider.getTransaction((await arriving).hash)
    assert.ok((sent?.maxFeePerGas ?? 0n) <= 60n * GWEI, `max fee ${sent?.maxFeePerGas}`)
  })
})

test('what needs more gas than the operator allows is not sent', async () => {
  const frugal = await open(anvil.url, ANVIL_KEYS[1], { gasCeiling: 30_000n })
  assert.is(await codeRejected(frugal.outbox.submit({ key: 'gas', ...mint(1n) })), 'tx-gas-ceiling')
  assert.equal(await frugal.pending.all(), [])
  const receipt = await frugal.outbox.submit({ key: 'small', to: THEM, data: '0x' })
  assert.ok(receipt.gasUsed <= 30_000n)
})

test('an intent that became pointless frees its nonce without doing anything', async () => {
  const before = await minted()
  let pointless = false
  await manually(async () => {
    const obsolete = async () => (pointless ? 'somebody-else-did' : undefined)
    const given = faultOf(party.outbox.submit({ key: 'pointless', ...mint(17n), obsolete }))
    const next = party.outbox.submit({ key: 'next', ...mint(19n) })
    await until('both sent', async () => (await mempool()) === 2)
    pointless = true
    await until('given up', async () => {
      const pool = JSON.stringify(await anvil.rpc('txpool_content')).toLowerCase()
      return pool.includes(`"to":"${party.outbox.sender}"`)
    })
    await until('replaced', async () => {
      await anvil.rpc('evm_mine')
      return party.outbox.unfinished().length === 0
    })
    assert.is((await given)?.code, 'tx-given-up')
    assert.is((await given)?.data['why'], 'somebody-else-did')
    assert.is((await next).status, 1)
  })
  assert.is((await minted()) - before, 19n)
})

test('a nonce used behind its back: the intent is signed anew', async () => {
  const before = await minted()
  const rival = new Wallet(ANVIL_KEYS[0], party.provider)
  await manually(async () => {
    const ours = party.outbox.submit({ key: 'taken', ...mint(23n) })
    await until('sent', async () => (await mempool()) === 1)
    const nonce = party.outbox.transactions()[0]?.nonce ?? -1
    // The other program knows nothing of ours, and pays more.
    const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 10n * GWEI, gasLimit: 100_000 }
    const theirs = await rival.sendTransaction({ nonce, ...mint(29n), ...fees })
    await anvil.rpc('evm_mine')
    assert.is((await theirs.wait())?.status, 1)
    await until('sent again', async () => (await mempool()) === 1)
    await anvil.rpc('evm_mine')
    assert.is((await ours).status, 1)
  })
  assert.is((await minted()) - before, 52n)
})

/** A process that writes down and sends, and then never does anything again. */
const sendAndDie = async (disk: Pending): Promise<void> => {
  const clock = { now: systemClock.now, at: () => () => undefined }
  const deps = { provider: party.provider, pending: disk, clock, log: silentLog }
  const outbox = createOutbox({ senderKey: fromHex(ANVIL_KEYS[0]), ...OUTBOX }, deps)
  void outbox.submit({ key: 'crash', ...mint(31n) })
  await until('written and sent', async () => (await mempool()) === 1)
}

for (const died of ['before it was sent', 'after it was sent', 'after it was mined'] as const)
  test(`a process that dies ${died} finishes the transaction at its next start, once`, async () => {
    const before = await minted()
    const disk = createVolatilePending()
    await manually(async () => {
      await sendAndDie(disk)
      if (died === 'before it was sent') await anvil.rpc('anvil_dropAllTransactions')
      if (died === 'after it was mined') await anvil.rpc('evm_mine')
      const next = await open(anvil.url, ANVIL_KEYS[0], {}, disk)
      assert.equal(next.outbox.unfinished(), ['crash'])
      await until('finished', async () => {
        await anvil.rpc('evm_mine')
        return next.outbox.unfinished().length === 0
      })
    })
    assert.is((await minted()) - before, 31n)
    assert.equal(await disk.all(), [])
  })

test('what is kept for another sender, or damaged, is refused by name', async () => {
  for (const [what, bytes] of [
    ['garbage', utf8ToBytes('{')],
    ['wrong form', utf8ToBytes('{"nonce":1}')],
  ] as const) {
    const disk = createVolatilePending()
    await disk.put('damaged', bytes)
    assert.is(await codeRejected(openOutbox(anvil.url, ANVIL_KEYS[0], {}, disk)), 'outbox-corrupt', what)
  }
  const disk = createVolatilePending()
  await manually(async () => {
    const first = await openOutbox(anvil.url, ANVIL_KEYS[0], {}, disk)
    const left = faultOf(first.outbox.submit({ key: 'left', ...mint(0n) }))
    await until('sent', async () => (await mempool()) === 1)
    await first.outbox.stop()
    assert.is((await left)?.code, 'outbox-stopped')
    assert.is((await disk.all()).length, 1, 'still written down')
  })
  assert.is(await codeRejected(openOutbox(anvil.url, ANVIL_KEYS[1], {}, disk)), 'outbox-corrupt')
})

test('after stop nothing is taken', async () => {
  const deps = { provider: party.provider, pending: createVolatilePending(), clock: systemClock, log: silentLog }
  const outbox = createOutbox({ senderKey: fromHex(ANVIL_KEYS[0]), ...OUTBOX }, deps)
  await outbox.stop()
  assert.is(await codeRejected(outbox.submit({ key: 'late', ...mint(1n) })), 'outbox-stopped')
})

test.run()
