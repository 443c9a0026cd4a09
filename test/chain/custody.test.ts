// Delegated tokens on a real EVM node with two real threshold groups: contract and TypeScript agree on every digest and on
// every signature, and the contract takes a move from whoever brings both. Groups are dealt by one hand but for one test, whose
// holders made their keys together.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CustodyAbi } from '../../src/chain/abi/Custody.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import type { Contract } from '../../src/chain/contracts.ts'
import { openCustodyDesk } from '../../src/chain/custody-desk.ts'
import type { CustodyDesk } from '../../src/chain/custody-desk.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { isGroupSigned, moveDigest, possessionDigest } from '../../src/core/custody.ts'
import { Fault } from '../../src/core/errors.ts'
import type { Hex } from '../../src/core/types.ts'
import { collect } from '../../src/custody/coordinator.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { ANKR, MARKET, startMarket } from '../support/anvil-market.ts'
import type { TestMarket } from '../support/anvil-market.ts'
import { SCHEDULE, openOutbox, startNetwork } from '../support/anvil-network.ts'
import type { Party } from '../support/anvil-network.ts'
import { askOf, emptyBook, keysOf, openSigner, peopleOf } from '../support/custody.ts'
import type { People } from '../support/custody.ts'
import { codeRejected } from '../support/faults.ts'
import { groupFrom, signWith } from '../support/frost-group.ts'
import type { FrostGroup } from '../support/frost-group.ts'

const test = suite('chain/custody')
const DAY = 86_400
const RECEIVER: Hex = `0x${'0e'.repeat(20)}`
const own = groupFrom({ min: 2, max: 3 }, 'provider')
const system = groupFrom({ min: 3, max: 5 }, 'governors')

let anvil: Anvil
let world: TestMarket
let custody: Contract<typeof CustodyAbi>
/** The deployer delegates; the provider's owner is the sidecar's own account. */
let desk: CustodyDesk
let owner: Party

test.before(async () => {
  anvil = await startAnvil()
  world = await startMarket(await startNetwork(anvil, 1, SCHEDULE, 5000n, MARKET), 1)
  custody = bindContract(CustodyAbi, world.custody, world.net.provider)
  desk = await openCustodyDesk(world.custody, world.net)
  owner = await openOutbox(anvil.url, toHex(world.net.sidecars[0]?.recordKey ?? new Uint8Array()))
})
test.after(async () => {
  await owner.outbox.stop()
  await world.net.outbox.stop()
  await anvil.stop()
})

const sign = (group: FrostGroup, digest: Hex, signers?: readonly number[]): Hex =>
  toHex(signWith(group, fromHex(digest), signers ? { signers } : {}))

/** A group as others see it. */
interface Half {
  readonly key: Hex
  readonly sign: (digest: Hex) => Hex | Promise<Hex>
}
const dealt = (group: FrostGroup): Half => ({ key: toHex(group.key), sign: (digest) => sign(group, digest) })

async function setKeys(ofProvider: Half, ofSystem: Half): Promise<void> {
  const byOwner = await openCustodyDesk(world.custody, owner)
  const { digest } = await desk.possession(1)
  await byOwner.send(await byOwner.planKey(1, ofProvider.key, await ofProvider.sign(digest)))
  const shown = await ofSystem.sign((await desk.possession(0)).digest)
  await world.net.decided(custody.call('setSystemKey', [ofSystem.key, shown]))
}

/** Holders who made their key together, of whom `absent` do not sign. */
function together(people: People, ...absent: readonly number[]): Half {
  const group = keysOf(people)[0]?.group
  assert.ok(group)
  return {
    key: toHex(group.groupKey),
    sign: async (text) => {
      const digest = fromHex(text)
      const signers = people.seeds.map((_, holder) =>
        absent.includes(holder) ? undefined : openSigner(people, holder, emptyBook(digest)),
      )
      const { signal } = new AbortController()
      return toHex((await collect(group, { coordinator: 1, digest }, askOf(signers), signal)).signature)
    },
  }
}

const move = async (delegation: bigint, amount: bigint) => {
  const { timestamp = 0 } = (await world.net.provider.getBlock('latest')) ?? {}
  return { delegation, to: RECEIVER, amount, deadline: timestamp + DAY }
}

test('nothing is delegated before both groups have a key', async () => {
  const wanted = { provider: 1, money: 'ETH', amount: ANKR, term: 30 * DAY } as const
  assert.is(await codeRejected(desk.planDelegation(wanted)), 'custody-key-missing')
  assert.equal(await desk.keyOf(1), { group: 1, key: '0x', epoch: 0, setAt: 0 })
  await setKeys(dealt(own), dealt(system))
  assert.is((await desk.keyOf(0)).key, toHex(system.key))
  assert.is((await desk.keyOf(1)).epoch, 1)
})

test('contract and TypeScript make the same digest of every move', async () => {
  const separator = await custody.read('domainSeparator', [])
  const uint = (bits: bigint) => fc.bigInt(0n, 2n ** bits - 1n)
  const small = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex)
  const moves = fc.record({
    delegation: uint(64n),
    provider: small,
    token: address,
    to: address,
    amount: uint(256n),
    nonce: small,
    providerEpoch: small,
    systemEpoch: small,
    deadline: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  })
  await fc.assert(
    fc.asyncProperty(moves, async (any) => {
      assert.is(toHex(moveDigest(separator, any)), await custody.read('moveDigest', [any]))
    }),
    { numRuns: 30 },
  )
  assert.is(toHex(possessionDigest(separator, 7, 3)), await custody.read('possessionDigest', [7, 3]))
})

test('what both groups signed moves, sent by a stranger, in ETH and in ANKR', async () => {
  const before = await world.net.provider.getBalance(RECEIVER)
  for (const [money, id] of [
    ['ETH', 1n],
    ['ANKR', 2n],
  ] as const) {
    await desk.send(await desk.planDelegation({ provider: 1, money, amount: 10n * ANKR, term: 30 * DAY }))
    const wanted = await move(id, 4n * ANKR)
    const { digest } = await desk.move(wanted)
    const signatures = { byProvider: sign(own, digest, [3, 1]), bySystem: sign(system, digest, [5, 2, 4]) }
    const stranger = await openCustodyDesk(world.custody, owner)
    await stranger.send(await stranger.planMove(wanted, signatures))
    assert.equal([(await desk.view(id)).amount, (await desk.view(id)).nonce], [6n * ANKR, 1])
    // The same once more: the next move has another digest.
    assert.is(await codeRejected(stranger.planMove(wanted, signatures)), 'check-group-signature')
  }
  assert.is((await world.net.provider.getBalance(RECEIVER)) - before, 4n * ANKR)
})

test('whose signature is wrong is said before anything is sent', async () => {
  const wanted = await move(1n, ANKR)
  const { digest } = await desk.move(wanted)
  const [good, other] = [sign(own, digest), sign(system, digest)]
  const why = (byProvider: Hex, bySystem: Hex): Promise<string> =>
    desk.planMove(wanted, { byProvider, bySystem }).then(
      () => 'taken',
      (error: unknown) => (error instanceof Fault ? error.message : String(error)),
    )
  assert.match(await why(good, good), /^not signed by the group of the system: /)
  assert.match(await why(other, other), /^not signed by the group of provider 1: /)
  assert.match(await why(other, good), /^not signed by the group of provider 1 nor by the group of the system: .*0x/)
  assert.is(await why(good, other), 'taken')
  const late = { ...wanted, deadline: wanted.deadline - 2 * DAY }
  const signed = (await desk.move(late)).digest
  const both = { byProvider: sign(own, signed), bySystem: sign(system, signed) }
  assert.is(await codeRejected(desk.planMove(late, both)), 'revert-deadline-passed')
  const large = { ...wanted, amount: 7n * ANKR }
  const more = (await desk.move(large)).digest
  const all = { byProvider: sign(own, more), bySystem: sign(system, more) }
  assert.is(await codeRejected(desk.planMove(large, all)), 'revert-amount-too-large')
})

test('after a change of keys nothing moves until the owner accepts', async () => {
  const [nextOwn, nextSystem] = [
    groupFrom({ min: 2, max: 2 }, 'provider 2'),
    groupFrom({ min: 2, max: 4 }, 'council 2'),
  ]
  await setKeys(dealt(nextOwn), dealt(nextSystem))
  assert.not((await desk.view(1n)).keysAccepted)
  const wanted = await move(1n, ANKR)
  assert.is(await codeRejected(desk.move(wanted)), 'custody-keys-changed')
  await desk.send(await desk.planAcceptance(1n))
  const { digest, move: made } = await desk.move(wanted)
  assert.equal([made.providerEpoch, made.systemEpoch], [2, 2])
  assert.ok(isGroupSigned(own.key, fromHex(digest), fromHex(sign(own, digest))), 'the old group still signs')
  const old = { byProvider: sign(own, digest), bySystem: sign(system, digest) }
  assert.is(await codeRejected(desk.planMove(wanted, old)), 'check-group-signature')
  const signatures = { byProvider: sign(nextOwn, digest), bySystem: sign(nextSystem, digest) }
  await desk.send(await desk.planMove(wanted, signatures))
  assert.is((await desk.view(1n)).amount, 5n * ANKR)
})

test('keys that their holders made together move tokens, with t of n of both and not with fewer', async () => {
  const [provider, council] = [peopleOf(2, 3, 'provider'), peopleOf(3, 5, 'council')]
  await setKeys(together(provider), together(council))
  await desk.send(await desk.planAcceptance(1n))
  const wanted = await move(1n, ANKR)
  const { digest } = await desk.move(wanted)
  const byProvider = await together(provider, 0).sign(digest)
  assert.is(await codeRejected(Promise.resolve(together(council, 0, 2, 4).sign(digest))), 'custody-too-few')
  const alone = { byProvider, bySystem: byProvider }
  assert.is(await codeRejected(desk.planMove(wanted, alone)), 'check-group-signature')
  const bySystem = await together(council, 0, 2).sign(digest)
  await desk.send(await desk.planMove(wanted, { byProvider, bySystem }))
  assert.is((await desk.view(1n)).amount, 4n * ANKR)
})

test('after the term its owner takes back what is left, whatever became of the keys', async () => {
  assert.is(await codeRejected(desk.planTakingBack(2n, RECEIVER)), 'revert-term-running')
  await anvil.rpc('evm_increaseTime', 31 * DAY)
  await anvil.rpc('evm_mine')
  const wanted = await move(1n, ANKR)
  const { digest } = await desk.move(wanted)
  const both = { byProvider: sign(own, digest), bySystem: sign(system, digest) }
  assert.is(await codeRejected(desk.planMove(wanted, both)), 'check-group-signature')
  const stranger = await openCustodyDesk(world.custody, owner)
  assert.is(await codeRejected(stranger.planTakingBack(2n, RECEIVER)), 'revert-not-delegator')
  for (const id of [1n, 2n]) await desk.send(await desk.planTakingBack(id, RECEIVER))
  assert.equal(
    (await desk.list(10)).map(({ amount }) => amount),
    [0n, 0n],
  )
  assert.is(await world.net.provider.getBalance(custody.address), 0n)
  assert.is(await codeRejected(desk.planTakingBack(2n, RECEIVER)), 'revert-nothing-left')
})

test.run()
