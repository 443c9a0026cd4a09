// What contracts hash of Ethereum's consensus layer is what a consensus client's library hashes: deposits and the root of
// their tree, and proofs of validators. EIP-7002's contract is the published one, by its own transaction.
// time limit: 60 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BeaconChainAbi } from '../../src/chain/abi/BeaconChain.ts'
import { BeaconChainBytecode } from '../../src/chain/bytecode/BeaconChain.ts'
import { BeaconRootsAbi } from '../../src/chain/abi/BeaconRoots.ts'
import { BeaconRootsBytecode } from '../../src/chain/bytecode/BeaconRoots.ts'
import { DepositContractAbi } from '../../src/chain/abi/DepositContract.ts'
import { DepositContractBytecode } from '../../src/chain/bytecode/DepositContract.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { create } from '../../src/chain/creation.ts'
import { keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { openOutbox } from '../support/anvil-network.ts'
import type { Party } from '../support/anvil-network.ts'
import { BEACON_ROOTS } from '../support/anvil-pools.ts'
import { DepositData, Deposits, FAR_FUTURE, witness, youngValidator } from '../support/beacon-ssz.ts'
import type { ValidatorFields } from '../support/beacon-ssz.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('chain/beacon')
let anvil: Anvil
let party: Party

test.before(async () => {
  anvil = await startAnvil()
  party = await openOutbox(anvil.url, ANVIL_KEYS[0])
})
test.after(async () => {
  await party.outbox.stop()
  await anvil.stop()
})

const bytes = (seed: string, length: number): Uint8Array => {
  const parts = [0, 1, 2].map((i) => keccak256(utf8ToBytes(`${seed} ${i}`)))
  return Buffer.concat(parts).subarray(0, length)
}

const depositOf = (i: number) => ({
  pubkey: bytes(`key ${i}`, 48),
  withdrawalCredentials: bytes(`to ${i}`, 32),
  amount: BigInt(i + 1) * 1_000_000_000n + BigInt(i),
  signature: bytes(`signature ${i}`, 96),
})

test('the deposit contract has the root of the list of deposits, after each of them', async () => {
  const { provider, outbox } = party
  const at = await create(outbox, ['DepositContract', DepositContractAbi, DepositContractBytecode], [])
  const contract = bindContract(DepositContractAbi, at, provider)
  const list: ReturnType<typeof depositOf>[] = []
  assert.is(await contract.read('get_deposit_root', []), toHex(Deposits.hashTreeRoot(list)), 'of none')
  for (let i = 0; i < 9; i++) {
    const deposit = depositOf(i)
    list.push(deposit)
    const { pubkey, withdrawalCredentials, signature, amount } = deposit
    const args = [toHex(pubkey), toHex(withdrawalCredentials), toHex(signature)] as const
    const call = contract.call('deposit', [...args, toHex(DepositData.hashTreeRoot(deposit))])
    const receipt = await outbox.submit({ key: `deposit:${i}`, ...call, value: amount * 10n ** 9n })
    assert.is(await contract.read('get_deposit_root', []), toHex(Deposits.hashTreeRoot(list)), `of ${i + 1}`)
    const [log] = receipt.logs
    assert.ok(log)
    const event = contract.event('DepositEvent', log)
    const little = (value: bigint): string => `0x${Buffer.from(new BigUint64Array([value]).buffer).toString('hex')}`
    assert.equal(
      [event.pubkey, event.withdrawal_credentials, event.signature, event.amount, event.index],
      [...args, little(amount), little(BigInt(i))],
    )
  }
  assert.is(await contract.read('get_deposit_count', []), '0x0900000000000000')
})

test('the deposit contract refuses what the specification refuses', async () => {
  const { provider, outbox } = party
  const at = await create(outbox, ['DepositContract', DepositContractAbi, DepositContractBytecode], [])
  const { pubkey, withdrawalCredentials, signature } = depositOf(0)
  const good = [toHex(pubkey), toHex(withdrawalCredentials), toHex(signature), toHex(bytes('root', 32))] as const
  const contract = bindContract(DepositContractAbi, at, provider)
  const refused = async (args: Parameters<typeof contract.call<'deposit'>>[1], value: bigint): Promise<boolean> => {
    const call = { from: outbox.sender, ...contract.call('deposit', args), value }
    return provider.call(call).then(
      () => false,
      () => true,
    )
  }
  const ether = 10n ** 18n
  assert.ok(await refused(good, ether), 'another root')
  assert.ok(await refused([`${good[0]}00`, good[1], good[2], good[3]], ether), 'a longer key')
  assert.ok(await refused([good[0], `${good[1]}00`, good[2], good[3]], ether), 'longer credentials')
  assert.ok(await refused([good[0], good[1], `${good[2]}00`, good[3]], ether), 'a longer signature')
  const right = { ...depositOf(0), amount: 10n ** 9n }
  const args = [good[0], good[1], good[2], toHex(DepositData.hashTreeRoot(right))] as const
  assert.not(await refused(args, ether), 'this one it takes')
  assert.ok(await refused(args, ether - 1n), 'less than 1 ETH')
  assert.ok(await refused(args, ether + 1n), 'no whole gwei')
})

test('a deposit root is what the library says', async () => {
  const { provider, outbox } = party
  const at = await create(outbox, ['BeaconChain', BeaconChainAbi, BeaconChainBytecode], [])
  const contract = bindContract(BeaconChainAbi, at, provider)
  for (const i of [0, 1, 31]) {
    const deposit = depositOf(i)
    const { pubkey, withdrawalCredentials, amount, signature } = deposit
    const args = [toHex(pubkey), toHex(withdrawalCredentials), amount, toHex(signature)] as const
    assert.is(await contract.read('depositRoot', [...args]), toHex(DepositData.hashTreeRoot(deposit)), `deposit ${i}`)
  }
})

test('a proof holds up to the block root that the library says, for every place and field', async () => {
  const { provider, outbox } = party
  const at = await create(outbox, ['BeaconChain', BeaconChainAbi, BeaconChainBytecode], [])
  const spare = await create(outbox, ['BeaconRoots', BeaconRootsAbi, BeaconRootsBytecode], [])
  await anvil.rpc('anvil_setCode', BEACON_ROOTS, await provider.getCode(spare))
  const contract = bindContract(BeaconChainAbi, at, provider)
  const roots = bindContract(BeaconRootsAbi, BEACON_ROOTS, provider)
  const [pubkey, credentials] = [toHex(bytes('key', 48)), toHex(bytes('to', 32))]
  const young = youngValidator(pubkey, credentials)
  const leaving = { exitEpoch: 7n, withdrawableEpoch: 263n }
  const grown = { effectiveBalance: 31_000_000_000n, activationEligibilityEpoch: 3n, activationEpoch: 5n }
  const cases: readonly (readonly [ValidatorFields, index: number, total: number])[] = [
    [young, 0, 1],
    [young, 5, 9],
    [{ ...young, ...grown }, 8, 9],
    [{ ...young, ...grown, ...leaving, slashed: true, effectiveBalance: 0n }, 3, 4],
  ]
  for (const [i, [validator, index, total]] of cases.entries()) {
    const { branch, blockRoot } = witness(validator, index, total)
    const timestamp = 1_000n + BigInt(i)
    await outbox.submit({ key: `root:${i}`, ...roots.call('set', [timestamp, blockRoot]) })
    const { effectiveBalance, slashed, activationEligibilityEpoch, activationEpoch } = validator
    const { exitEpoch, withdrawableEpoch } = validator
    const fields = {
      effectiveBalance,
      slashed,
      activationEligibilityEpoch,
      activationEpoch,
      exitEpoch,
      withdrawableEpoch,
    }
    const proof = { timestamp, index: BigInt(index), ...fields, branch }
    await contract.read('check', [proof, pubkey, credentials])
    const other = { ...proof, exitEpoch: exitEpoch === FAR_FUTURE ? 1n : FAR_FUTURE }
    assert.is(
      await codeRejected(contract.read('check', [other, pubkey, credentials])),
      'revert-proof-invalid',
      `case ${i}`,
    )
    assert.is(
      await codeRejected(contract.read('check', [proof, pubkey, toHex(bytes('other', 32))])),
      'revert-proof-invalid',
      `case ${i}`,
    )
    assert.is(
      await codeRejected(contract.read('check', [proof, toHex(bytes('other', 48)), credentials])),
      'revert-proof-invalid',
      `case ${i}`,
    )
  }
})

test.run()
