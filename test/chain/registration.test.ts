// Registering against the real registry: what it accepts, that repeating is free, and what it refuses by name.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SidecarsAbi } from '../../src/chain/abi/Sidecars.ts'
import { findContracts } from '../../src/chain/handles.ts'
import type { Handles } from '../../src/chain/handles.ts'
import { buildApplication, register } from '../../src/chain/registration.ts'
import { revertCode } from '../../src/chain/reverts.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { epochStart } from '../../src/core/clock.ts'
import { compressG1 } from '../../src/core/eip2537.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, openOutbox, sidecarKeys, startNetwork } from '../support/anvil-network.ts'
import type { TestNetwork } from '../support/anvil-network.ts'
import { codeRejected, codeThrown } from '../support/faults.ts'

const test = suite('chain/registration')
let anvil: Anvil
let net: TestNetwork
let handles: Handles

test.before(async () => {
  anvil = await startAnvil()
  net = await startNetwork(anvil, 1)
  handles = await findContracts(net.provider, net.contracts.ledger)
})
test.after(async () => {
  await net.outbox.stop()
  await anvil.stop()
})

const enter = (index: number, stake?: bigint) =>
  register({ ledger: net.contracts.ledger, ...(stake !== undefined && { stake }) }, sidecarKeys(index), net)
const balance = () => handles.token.read('balanceOf', [net.outbox.sender])

test('the deployment has its parameters and its budget', async () => {
  const { token, ...params } = await handles.sidecars.read('params', [])
  assert.is(token, net.contracts.token)
  assert.is(params.minStake, 1000n)
  assert.is(params.slashBps, 5000)
  assert.is(params.sink, '0x00000000000000000000000000000000000000aa')
  const [, , posted, budget] = await handles.ledger.read('head', [])
  assert.is(posted, 0n)
  assert.is(budget, 1_000_000n)
  assert.is(await handles.token.read('balanceOf', [net.contracts.ledger]), 1_000_000n)
})

test('without a stated stake the minimum is staked, and the keys are on chain', async () => {
  const before = await balance()
  const keys = sidecarKeys(1)
  const registered = await enter(1)
  assert.equal(registered, { id: 2, owner: net.outbox.sender, stake: 1000n, entryEpoch: 0n })
  assert.is(before - (await balance()), 1000n)
  const known = await handles.sidecars.read('sidecar', [2])
  assert.is(known.signer, keys.record.address)
  assert.is(known.peerKey, toHex(keys.peerKey))
  assert.equal(compressG1(fromHex(known.blsKey)), keys.certificate.publicKey)
})

test('registering again finds the same id and pays nothing', async () => {
  const [before, transactions] = [await balance(), await net.provider.getTransactionCount(net.outbox.sender)]
  assert.is((await enter(1)).id, 2)
  assert.is(await balance(), before)
  assert.is(await net.provider.getTransactionCount(net.outbox.sender), transactions)
})

test('a record key that somebody else registered is not ours', async () => {
  const other = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const ledger = net.contracts.ledger
  assert.is(await codeRejected(register({ ledger }, sidecarKeys(1), other)), 'registered-by-other')
  await other.outbox.stop()
})

test('the registry refuses by name', async () => {
  assert.is(await codeRejected(enter(10, 999n)), 'revert-stake-too-low')
  assert.is(await codeRejected(enter(10, 10n ** 30n)), 'revert-erc20-insufficient-balance')
  const ledger = net.contracts.ledger
  const stolen = {
    ...sidecarKeys(11),
    certificate: { ...sidecarKeys(12).certificate, sign: sidecarKeys(11).certificate.sign },
  }
  assert.is(await codeRejected(register({ ledger }, stolen, net)), 'revert-bls-key-not-proven')
  const taken = { ...sidecarKeys(13), peerKey: sidecarKeys(1).peerKey }
  assert.is(await codeRejected(register({ ledger }, taken, net)), 'revert-peer-key-taken')
})

test('an application is bound to its owner', async () => {
  const other = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const separator = fromHex(await handles.sidecars.read('domainSeparator', []))
  const application = buildApplication(sidecarKeys(14), net.outbox.sender, separator, 1000n)
  const call = handles.sidecars.call('register', [application])
  const refused = await codeRejected(other.outbox.submit({ key: 'copied', ...call }))
  assert.ok(['revert-bls-key-not-proven', 'revert-signer-not-proven'].includes(refused), refused)
  await other.outbox.stop()
})

test('a record signer that names another address is caught before anything is sent', () => {
  const keys = sidecarKeys(15)
  const record = { ...keys.record, address: sidecarKeys(16).record.address }
  const build = () => buildApplication({ ...keys, record }, net.outbox.sender, new Uint8Array(32), 1n)
  assert.is(codeThrown(build), 'signer-mismatch')
})

test('after genesis entry takes effect in the second epoch', async () => {
  await net.goTo(epochStart(SCHEDULE, 3))
  assert.is((await enter(20)).entryEpoch, 5n)
})

test('every error of the contracts has a code of its own', () => {
  const names = SidecarsAbi.filter((item) => item.type === 'error').map((item) => item.name)
  const codes = names.map(revertCode)
  assert.is(new Set(codes).size, names.length)
  for (const code of codes) assert.match(code, /^revert-[a-z\d]+(-[a-z\d]+)*$/, code)
  assert.is(revertCode('ERC20InsufficientBalance'), 'revert-erc20-insufficient-balance')
})

test.run()
