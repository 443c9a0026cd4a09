// Micro-pools on a test market, with what Ethereum has and anvil has not: the deposit contract, the beacon block roots of
// EIP-4788 (set by hand), and EIP-7002's contract by its own deployment transaction.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Signature, Transaction } from 'ethers'
import { BeaconRootsAbi } from '../../src/chain/abi/BeaconRoots.ts'
import { BeaconRootsBytecode } from '../../src/chain/bytecode/BeaconRoots.ts'
import { TiersAbi } from '../../src/chain/abi/Tiers.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { create } from '../../src/chain/creation.ts'
import type { Hex } from '../../src/core/types.ts'
import type { TestMarket } from './anvil-market.ts'

export const BEACON_ROOTS: Hex = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'

interface Eip7002 {
  readonly address: Hex
  readonly sender: Hex
  readonly gas: Hex
  readonly gasPrice: Hex
  readonly input: Hex
  readonly r: Hex
  readonly s: Hex
  readonly hash: Hex
}

const EIP7002 = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/eip7002.json'), 'utf8')) as Eip7002

/** Sends the deployment transaction that EIP-7002 publishes: nobody has its key, anybody can send it. */
async function deployWithdrawalRequests({ net }: TestMarket): Promise<void> {
  const pad = (word: Hex): Hex => `0x${word.slice(2).padStart(64, '0')}`
  const signed = Transaction.from({
    ...{ type: 0, nonce: 0, to: null, value: 0, data: EIP7002.input },
    ...{ gasLimit: EIP7002.gas, gasPrice: EIP7002.gasPrice },
    signature: Signature.from({ r: pad(EIP7002.r), s: pad(EIP7002.s), v: 27 }),
  })
  if (signed.hash !== EIP7002.hash || signed.from?.toLowerCase() !== EIP7002.sender.toLowerCase())
    throw new Error('not the transaction that EIP-7002 publishes')
  await net.anvil.rpc('anvil_setBalance', EIP7002.sender, '0xde0b6b3a7640000')
  await net.anvil.rpc('eth_sendRawTransaction', signed.serialized)
  await net.anvil.mined(EIP7002.hash)
  // The first system call, at the end of a block after the fork, lets requests in.
  await net.anvil.rpc('anvil_setStorageAt', EIP7002.address, pad('0x0'), pad('0x0'))
}

export interface TestPools {
  readonly microPools: Hex
  readonly depositContract: Hex
  readonly nodes: Hex
  /** Makes the beacon chain's root known for a time, in Unix seconds. */
  readonly say: (timestamp: number, blockRoot: Hex) => Promise<void>
}

/** On the micro-pools of the market's own deployment; provider 1 becomes semi-trusted with a stake of 4 ETH. */
export async function startPools(world: TestMarket): Promise<TestPools> {
  const { net, microPools, depositContract, nodes } = world
  const { outbox, provider, anvil } = net
  const trust = bindContract(TiersAbi, world.tiers, provider)
  await net.decided(trust.call('setTier', [1, 1, 4n * 10n ** 18n]))
  await deployWithdrawalRequests(world)
  const spare = await create(outbox, ['BeaconRoots', BeaconRootsAbi, BeaconRootsBytecode], [])
  await anvil.rpc('anvil_setCode', BEACON_ROOTS, await provider.getCode(spare))
  const roots = bindContract(BeaconRootsAbi, BEACON_ROOTS, provider)
  const say = async (timestamp: number, blockRoot: Hex): Promise<void> => {
    await outbox.submit({ key: `root:${timestamp}`, ...roots.call('set', [BigInt(timestamp), blockRoot]) })
  }
  return { microPools, depositContract, nodes, say }
}
