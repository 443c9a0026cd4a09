// The event watch on a real node: in order, resumed where it stopped, not before confirmation, again after a failure.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWatch, networkEvents } from '../../src/chain/events.ts'
import type { ChainEvent, Cursors, Watch } from '../../src/chain/events.ts'
import { findContracts } from '../../src/chain/handles.ts'
import { register } from '../../src/chain/registration.ts'
import { epochStart } from '../../src/core/clock.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, anyResult, sidecarKeys, silentLog, startNetwork, systemClock } from '../support/anvil-network.ts'
import type { TestNetwork } from '../support/anvil-network.ts'

const test = suite('chain/events')
let anvil: Anvil
let net: TestNetwork

const memoryCursors = (): Cursors => {
  const heights = new Map<string, number>()
  return {
    get: async (name) => heights.get(name),
    set: async (name, height) => {
      heights.set(name, height)
    },
  }
}

const until = async (what: string, done: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(done(), what)
}

const watch = async (
  cursors: Cursors,
  listener: (event: ChainEvent) => Promise<void>,
  confirmations = 1,
): Promise<Watch> => {
  const handles = await findContracts(net.provider, net.contracts.ledger)
  const source = networkEvents(handles)
  const deps = { provider: net.provider, source, cursors, clock: systemClock, log: silentLog }
  const made = createWatch({ confirmations, pollMs: 10, fromBlock: 0, name: 'test' }, deps, listener)
  made.start()
  return made
}

test.before(async () => {
  anvil = await startAnvil()
  net = await startNetwork(anvil, 3)
})
test.after(async () => {
  await net.outbox.stop()
  await anvil.stop()
})

test('what happened before is shown in order, and after a restart only what is new', async () => {
  const cursors = memoryCursors()
  const seen: ChainEvent[] = []
  const listener = async (event: ChainEvent) => {
    seen.push(event)
  }
  const first = await watch(cursors, listener)
  await until('three registrations', () => seen.length === 3)
  await first.stop()
  assert.equal(
    seen.map((event) => event.type === 'registered' && event.id),
    [1, 2, 3],
  )
  assert.is(seen[0]?.type === 'registered' && seen[0].signer, net.sidecars[0]?.record.address)

  await net.goTo(epochStart(SCHEDULE, 0))
  const roster = await net.ledger.roster(0)
  await net.ledger.seat(0, net.beacon(epochStart(SCHEDULE, 0)), roster)
  const result = anyResult(0)
  await net.ledger.post(result, await net.certify(result), roster)
  const second = await watch(cursors, listener)
  await until('the posting', () => seen.length === 4)
  await second.stop()
  const posted = seen[3]
  assert.is(posted?.type === 'posted' && posted.root, result.root)
  assert.is(posted?.type === 'posted' && posted.period, 0n)
  assert.is(posted?.type === 'posted' && posted.poster, net.outbox.sender)
})

test('an event counts only with enough blocks on top', async () => {
  const ids: number[] = []
  const cursors = memoryCursors()
  await cursors.set('test', await net.provider.getBlockNumber())
  const watching = await watch(
    cursors,
    async (event) => {
      if (event.type === 'registered') ids.push(event.id)
    },
    3,
  )
  const { id } = await register({ ledger: net.contracts.ledger, stake: 2000n }, sidecarKeys(50), net)
  await anvil.rpc('anvil_mine', '0x1')
  await new Promise((resolve) => setTimeout(resolve, 60))
  assert.equal(ids, [], 'one block on top is not enough')
  await anvil.rpc('anvil_mine', '0x1')
  await until('confirmed', () => ids.length === 1)
  assert.equal(ids, [id])
  await watching.stop()
})

test('a reorganisation deeper than the confirmations: what the new chain has is shown', async () => {
  const ids: number[] = []
  const warned: unknown[] = []
  const log = {
    ...silentLog,
    warn: (_: string, fields?: object) => void warned.push(fields && 'code' in fields && fields.code),
  }
  const source = networkEvents(await findContracts(net.provider, net.contracts.ledger))
  const cursors = memoryCursors()
  const options = { confirmations: 1, pollMs: 10, fromBlock: await net.provider.getBlockNumber(), name: 'reorg' }
  const watching = createWatch(options, { ...net, source, cursors, clock: systemClock, log }, async (event) => {
    if (event.type === 'registered') ids.push(event.id)
  })
  const before = await anvil.rpc('evm_snapshot')
  await anvil.rpc('anvil_mine', '0x5')
  const come = (await net.provider.getBlockNumber()) + 1
  watching.start()
  for (let i = 0; i < 500 && (await cursors.get('reorg')) !== come; i++) await new Promise((r) => setTimeout(r, 10))
  assert.is(await cursors.get('reorg'), come)

  // Another history: a registration where empty blocks were, and as many blocks again.
  await anvil.rpc('evm_revert', before)
  const { id } = await register({ ledger: net.contracts.ledger, stake: 2000n }, sidecarKeys(60), net)
  await anvil.rpc('anvil_mine', '0x6')
  await until('the registration of the new chain', () => ids.includes(id))
  await watching.stop()
  assert.is(ids.at(-1), id)
  assert.equal(warned, ['chain-reorg'])
})

test('a listener that fails is shown the event again', async () => {
  let calls = 0
  const watching = await watch(memoryCursors(), async () => {
    if (++calls === 2) throw new Error('listener failed')
  })
  await until('all again', () => calls >= 6 + 2)
  await watching.stop()
  assert.is(calls, 8, 'the first page twice up to its failure: two, then all six')
})

test.run()
