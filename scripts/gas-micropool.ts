// What a micro-pool costs in whole transactions, through its life: a first one that returns 34 ETH, a second one whose
// validator lost, a third one whose users move on. On an anvil of its own, with the contracts of gas-auction.ts, one
// sidecar for each provider; the beacon chain is what its library hashes.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { JsonRpcProvider, concat, dataSlice, getAddress, id, toBeHex } from 'ethers'
import { AEthAbi } from '../src/chain/abi/AEth.ts'
import { BeaconChainAbi } from '../src/chain/abi/BeaconChain.ts'
import { BeaconChainBytecode } from '../src/chain/bytecode/BeaconChain.ts'
import { BeaconRootsAbi } from '../src/chain/abi/BeaconRoots.ts'
import { BeaconRootsBytecode } from '../src/chain/bytecode/BeaconRoots.ts'
import { DepositContractAbi } from '../src/chain/abi/DepositContract.ts'
import { DepositContractBytecode } from '../src/chain/bytecode/DepositContract.ts'
import { IMicroPoolAbi } from '../src/chain/abi/IMicroPool.ts'
import { MicroPoolAbi } from '../src/chain/abi/MicroPool.ts'
import { MicroPoolBytecode } from '../src/chain/bytecode/MicroPool.ts'
import { MicroPoolsAbi } from '../src/chain/abi/MicroPools.ts'
import { MicroPoolsBytecode } from '../src/chain/bytecode/MicroPools.ts'
import { PoolPayoutAbi } from '../src/chain/abi/PoolPayout.ts'
import { PoolPayoutBytecode } from '../src/chain/bytecode/PoolPayout.ts'
import { TiersAbi } from '../src/chain/abi/Tiers.ts'
import { TiersBytecode } from '../src/chain/bytecode/Tiers.ts'
import { fromHex } from '../src/core/bytes.ts'
import type { Hex } from '../src/core/types.ts'
import { BEACON_ROOTS } from '../test/support/anvil-pools.ts'
import { DepositData, witness, youngValidator } from '../test/support/beacon-ssz.ts'
import type { ValidatorFields } from '../test/support/beacon-ssz.ts'
import { createMarket, fundOwners, ownerOf } from './gas-auction.ts'
import type { Market } from './gas-auction.ts'
import * as scenario from './gas-scenario.ts'
import type { Contract } from './gas-scenario.ts'

const PROVIDERS = 3
const ETHER = 10n ** 18n
const ANKR = 10n ** 18n
const PUBKEY = concat([id('stkr.gas.validator'), dataSlice(id('stkr.gas.tail'), 0, 16)]) as Hex
const SIGNATURE = concat(['r', 's', 't'].map((part) => id(`stkr.gas.deposit.${part}`))) as Hex
const VECTOR = join(import.meta.dirname, '../test/vectors/eip7002.json')
const PREFIX = 'micro-pool: '

interface World extends Market {
  readonly rpc: JsonRpcProvider
  readonly factory: Contract
  readonly aEth: Contract
  readonly roots: Contract
  readonly users: readonly string[]
}

async function viewOf(rpc: JsonRpcProvider, to: string, signature: string, argument = ''): Promise<string> {
  return rpc.send('eth_call', [{ to, data: dataSlice(id(signature), 0, 4) + argument }, 'latest']) as Promise<string>
}

async function deployPools(market: Market, rpc: JsonRpcProvider): Promise<World> {
  const { chain, token, projects, nodes, providers, quotes, requesters, reward, insurance } = market
  const authority = chain.accounts[0] ?? ''
  const tiers = await chain.deploy(TiersAbi, TiersBytecode, [providers.address, authority])
  const deposits = await chain.deploy(DepositContractAbi, DepositContractBytecode, [])
  const beacon = await chain.deploy(BeaconChainAbi, BeaconChainBytecode, [])
  const served = [token, providers, tiers, quotes, nodes, requesters, reward, insurance, deposits]
  const parts = served.map(({ address }) => address)
  const policy = [1_000, 1_000, 86_400, 315_360_000, [4_000, 16_000, 128_000]]
  const params = [...parts, authority, authority, policy]
  const factory = await chain.deploy(MicroPoolsAbi, MicroPoolsBytecode, [params])
  const payout = await chain.deploy(PoolPayoutAbi, PoolPayoutBytecode, [factory.address, beacon.address])
  const code = [factory.address, beacon.address, payout.address]
  await factory.send('install', [(await chain.deploy(MicroPoolAbi, MicroPoolBytecode, code)).address])
  await nodes.send('installWriters', [projects.address, factory.address])
  await insurance.send('install', [authority, factory.address])
  await requesters.send('install', [factory.address])
  await providers.send('installMicroPools', [factory.address])
  for (let i = 1; i <= PROVIDERS; i += 1) await tiers.send('setTier', [i, 1, 4n * ETHER])
  const { address, runtime } = JSON.parse(readFileSync(VECTOR, 'utf8')) as { address: string; runtime: string }
  await rpc.send('anvil_setCode', [address, runtime])
  const spare = await chain.deploy(BeaconRootsAbi, BeaconRootsBytecode, [])
  await rpc.send('anvil_setCode', [BEACON_ROOTS, await rpc.getCode(spare.address)])
  const aEth = chain.at(AEthAbi, getAddress(dataSlice(await viewOf(rpc, factory.address, 'aEth()'), 12)))
  const users = [1, 2, 3, 9].map((i) => chain.accounts[i] ?? '')
  return { ...market, rpc, factory, aEth, roots: chain.at(BeaconRootsAbi, BEACON_ROOTS), users }
}

/** A new pool of a provider, by number from 1; users have allowed it their ANKR. Its row is of a sidecar's first, then of later ones. */
async function open(world: World, provider: number): Promise<Contract> {
  const { rpc, factory, chain, token, rows, users } = world
  const newest = () => viewOf(rpc, factory.address, 'poolOf(uint32)', toBeHex(provider, 32).slice(2))
  const endsAt = scenario.FIRST_PERIOD_AT + 90 * 86_400
  const row = BigInt(await newest()) === 0n ? `${PREFIX}open, first of a sidecar` : `${PREFIX}open`
  rows[row] = await factory.send('open', [provider, endsAt], ownerOf(provider - 1), 4n * ETHER)
  const pool = chain.at(IMicroPoolAbi, getAddress(dataSlice(await newest(), 12)))
  for (const user of users) {
    await token.send('mint', [user, 1_000n * ANKR], user)
    await token.send('approve', [pool.address, 1_000n * ANKR], user)
  }
  return pool
}

const credentialsOf = (pool: Contract): Hex => `0x01${'00'.repeat(11)}${pool.address.slice(2).toLowerCase()}`

/** The beacon chain's word on the pool's validator, as the contracts take it. */
async function proofOf(
  world: World,
  pool: Contract,
  change: Partial<ValidatorFields> = {},
): Promise<readonly unknown[]> {
  const validator = { ...youngValidator(PUBKEY, credentialsOf(pool)), ...change }
  const { branch, blockRoot, index } = witness(validator, 5, 9)
  const timestamp = (await world.rpc.getBlock('latest'))?.timestamp ?? 0
  await world.roots.send('set', [timestamp, blockRoot])
  const { effectiveBalance, slashed, activationEligibilityEpoch, activationEpoch } = validator
  const times = [activationEligibilityEpoch, activationEpoch, validator.exitEpoch, validator.withdrawableEpoch]
  return [timestamp, index, effectiveBalance, slashed, ...times, branch]
}

async function predeposit({ rows }: World, pool: Contract, owner: string): Promise<void> {
  const [pubkey, signature] = [fromHex(PUBKEY), fromHex(SIGNATURE)]
  const data = { pubkey, withdrawalCredentials: fromHex(credentialsOf(pool)), amount: 10n ** 9n, signature }
  const root = DepositData.hashTreeRoot(data)
  rows[`${PREFIX}first deposit`] = await pool.send('predeposit', [PUBKEY, SIGNATURE, root], owner)
}

async function fill(world: World, pool: Contract, provider: number): Promise<void> {
  const { rows, users } = world
  const [ann = '', bob = '', kim = '', newcomer = ''] = users
  const owner = ownerOf(provider - 1)
  await predeposit(world, pool, owner)
  rows[`${PREFIX}prove`] = await pool.send('prove', [await proofOf(world, pool)])
  if (provider === 2) {
    // Everything empty but the sums of a network that had a pool before; and as it was when this one has left again.
    rows[`${PREFIX}join, the first of a user and its pool`] = await pool.send('join', [], newcomer, ETHER)
    await pool.send('leaveWith', [ETHER], newcomer)
  }
  rows[`${PREFIX}join`] = await pool.send('join', [], ann, 4n * ETHER)
  rows[`${PREFIX}join again`] = await pool.send('join', [], ann, ETHER)
  rows[`${PREFIX}leave`] = await pool.send('leaveWith', [ETHER], ann)
  rows[`${PREFIX}add`] = await pool.send('add', [], owner, ETHER)
  await pool.send('join', [], bob, 20n * ETHER)
  rows[`${PREFIX}join that fills it`] = await pool.send('join', [], kim, 40n * ETHER)
  rows[`${PREFIX}start`] = await pool.send('start', [], kim)
}

const GROWN = { activationEligibilityEpoch: 1n, activationEpoch: 5n }
const GONE = { ...GROWN, effectiveBalance: 0n, exitEpoch: 9n, withdrawableEpoch: 300n }

async function measureGain(world: World, pool: Contract): Promise<void> {
  const { rows, users, rpc, aEth, chain } = world
  const [ann = '', bob = ''] = users
  const grown = await proofOf(world, pool, { ...GROWN, effectiveBalance: 31_000_000_000n })
  rows[`${PREFIX}value by proof`] = await pool.send('valueBy', [grown])
  rows[`${PREFIX}pay the fee`] = await pool.send('payFee', [])
  rows[`${PREFIX}exit`] = await pool.send('exit', [], ownerOf(0), 1n)
  await rpc.send('anvil_setBalance', [pool.address, toBeHex(34n * ETHER)])
  rows[`${PREFIX}complete`] = await pool.send('complete', [])
  rows[`${PREFIX}forward shares`] = await pool.send('forward', [])
  rows[`${PREFIX}claim`] = await pool.send('claim', [bob], bob)
  rows[`${PREFIX}claim of the provider`] = await pool.send('claim', [ownerOf(0)], ownerOf(0))
  rows[`${PREFIX}redeem by position`] = await pool.send('redeem', [2n * ETHER, ann], ann)
  await chain.warp(((await rpc.getBlock('latest'))?.timestamp ?? 0) + 30 * 86_400)
  rows[`${PREFIX}open what is set aside`] = await aEth.send('open', [pool.address])
  rows[`${PREFIX}redeem as a holder`] = await aEth.send('redeem', [ETHER, ann], ann)
}

async function measureLoss(world: World, pool: Contract): Promise<void> {
  const { rows, rpc, insurance } = world
  await rpc.send('anvil_setBalance', [pool.address, toBeHex(20n * ETHER)])
  const gone = await proofOf(world, pool, GONE)
  rows[`${PREFIX}complete by proof, with a claim`] = await pool.send('completeBy', [gone])
  await insurance.send('contributeEth', [id('gift')], undefined, 20n * ETHER)
  rows[`${PREFIX}collect from the insurance`] = await pool.send('collect', [])
}

async function measureMigration(world: World, from: Contract, to: Contract): Promise<void> {
  const { rows, users, factory } = world
  const [ann = ''] = users
  await from.send('join', [], ann, 8n * ETHER)
  rows[`${PREFIX}accept another's users`] = await to.send('accept', [from.address], ownerOf(0))
  rows[`${PREFIX}migrate`] = await factory.send('migrate', [from.address, to.address])
  rows[`${PREFIX}bring a position`] = await to.send('bring', [from.address, ann])
}

/** Gas by row name, in the order measured. */
export async function measureMicroPools(): Promise<Readonly<Record<string, number>>> {
  return scenario.withAnvil(async (url) => {
    const rpc = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 })
    try {
      await fundOwners(rpc)
      const world = await deployPools(await createMarket(await scenario.createChain(rpc), PROVIDERS), rpc)
      const first = await open(world, 1)
      await fill(world, first, 1)
      await measureGain(world, first)
      const second = await open(world, 2)
      await fill(world, second, 2)
      await measureLoss(world, second)
      await measureMigration(world, await open(world, 3), await open(world, 1))
      return Object.fromEntries(Object.entries(world.rows).filter(([row]) => row.startsWith(PREFIX)))
    } finally {
      rpc.destroy()
    }
  })
}
