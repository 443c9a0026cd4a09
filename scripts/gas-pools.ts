// What the pools cost in whole transactions, on an anvil of its own: a requester's stake, a period's release, claims in both
// tokens, a loss covered. Deterministic like gas-scenario.ts, whose chain it uses. What stakers and governors pay is measured
// in test/contracts/government/GovernmentGas.t.sol.

import { JsonRpcProvider, encodeBytes32String, toBeHex } from 'ethers'
import { InsurancePoolAbi } from '../src/chain/abi/InsurancePool.ts'
import { InsurancePoolBytecode } from '../src/chain/bytecode/InsurancePool.ts'
import { RequestersAbi } from '../src/chain/abi/Requesters.ts'
import { RequestersBytecode } from '../src/chain/bytecode/Requesters.ts'
import { RewardPoolAbi } from '../src/chain/abi/RewardPool.ts'
import { RewardPoolBytecode } from '../src/chain/bytecode/RewardPool.ts'
import { TestAnkrAbi } from '../src/chain/abi/TestAnkr.ts'
import { TestAnkrBytecode } from '../src/chain/bytecode/TestAnkr.ts'
import * as scenario from './gas-scenario.ts'
import type { Chain } from './gas-scenario.ts'

const ANKR = 10n ** 18n
const DAY = 86_400
const PERIOD = 30 * DAY
const OPERATORS = 1
const ETH_ASSET = 1
const GIFT = encodeBytes32String('gift')

async function measureRewards(chain: Chain, rows: Record<string, number>): Promise<void> {
  const [authority = '', requester = ''] = chain.accounts
  const token = await chain.deploy(TestAnkrAbi, TestAnkrBytecode, [])
  const reward = await chain.deploy(RewardPoolAbi, RewardPoolBytecode, [
    [token.address, authority, authority, [3_000, 4_000, 2_000, 1_000, 2_500, PERIOD]],
  ])
  const requesters = await chain.deploy(RequestersAbi, RequestersBytecode, [
    [token.address, reward.address, authority, 7 * DAY],
  ])
  const others = [token, token, requesters, token, token].map((contract) => contract.address)
  await reward.send('install', [[authority, ...others]])
  for (const account of [authority, requester]) {
    await token.send('mint', [account, 1_000n * ANKR], account)
    for (const to of [requesters, reward]) await token.send('approve', [to.address, 1_000n * ANKR], account)
  }
  await requesters.send('stake', [100n * ANKR])
  rows['requester: first stake'] = await requesters.send('stake', [100n * ANKR], requester)
  let now = scenario.GENESIS + 1_000
  for (const again of [false, true]) {
    rows['reward pool: contribute'] = await reward.send('contribute', [GIFT, 100n * ANKR])
    rows['reward pool: contribute ETH'] = await reward.send('contributeEth', [GIFT], authority, ANKR)
    await chain.warp((now += PERIOD + 1_000))
    rows[again ? 'reward pool: release' : 'reward pool: first release'] = await reward.send('release', [])
  }
  rows['requester: more stake, rewards settled'] = await requesters.send('stake', [ANKR], requester)
  rows['requester: claim'] = await reward.send('claim', [OPERATORS, 0, requester], requester)
  rows['requester: ask back'] = await requesters.send('requestWithdrawal', [ANKR], requester)
  await chain.warp(now + 8 * DAY)
  rows['requester: withdraw'] = await requesters.send('withdraw', [], requester)
  rows['development: withdraw'] = await reward.send('withdraw', [authority])
}

/** A contract that calls everybody a micro-pool stands for their registry; anvil sends for anybody who has an address. */
async function measureInsurance(provider: JsonRpcProvider, chain: Chain, rows: Record<string, number>): Promise<void> {
  const [authority = ''] = chain.accounts
  const token = await chain.deploy(TestAnkrAbi, TestAnkrBytecode, [])
  const [registry, claimant] = [toBeHex(0x9001, 20), token.address]
  // Returns 1, whatever it is asked.
  await provider.send('anvil_setCode', [registry, '0x600160005260206000f3'])
  const insurance = await chain.deploy(InsurancePoolAbi, InsurancePoolBytecode, [
    [token.address, authority, token.address, [ANKR, ANKR], [ANKR, ANKR]],
  ])
  await insurance.send('install', [authority, registry])
  await provider.send('anvil_autoImpersonateAccount', [true])
  await provider.send('anvil_setBalance', [claimant, toBeHex(10n ** 20n)])
  await token.send('mint', [authority, 1_000n * ANKR])
  await token.send('approve', [insurance.address, 1_000n * ANKR])
  await insurance.send('contribute', [GIFT, 10n * ANKR])
  rows['insurance pool: cover, a part is owed'] = await insurance.send('cover', [0, 15n * ANKR], claimant)
  rows['insurance pool: collect'] = await insurance.send('collect', [0], claimant)
  rows['insurance pool: contribute, owed is paid'] = await insurance.send('contribute', [GIFT, 2n * ANKR])
  await insurance.send('contributeEth', [GIFT], authority, 3n * ANKR)
  rows['insurance pool: open a sale'] = await insurance.send('openSale', [ANKR, 9n * ANKR, ANKR, DAY])
  rows['insurance pool: buy'] = await insurance.send('buy', [ANKR, 9n * ANKR, authority])
  rows['insurance pool: cover in full'] = await insurance.send('cover', [ETH_ASSET, ANKR], claimant)
}

/** Gas by row name, in the order measured. */
export async function measurePools(): Promise<Readonly<Record<string, number>>> {
  return scenario.withAnvil(async (url) => {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1 })
    const rows: Record<string, number> = {}
    try {
      const chain = await scenario.createChain(provider)
      await measureRewards(chain, rows)
      await measureInsurance(provider, chain, rows)
      return rows
    } finally {
      provider.destroy()
    }
  })
}
