// What delegated tokens cost in whole transactions, on an anvil of its own: keys, delegations in both moneys, moves with the
// signatures of two groups of noble's FROST, taking back. Deterministic like gas-scenario.ts, whose chain it uses. The registry of
// providers is a stand-in that knows one owner: reading the real one costs a key's owner 5,000 more.

import { JsonRpcProvider, TypedDataEncoder, ZeroAddress, concat, getBytes, hexlify } from 'ethers'
import { CustodyAbi } from '../src/chain/abi/Custody.ts'
import { CustodyBytecode } from '../src/chain/bytecode/Custody.ts'
import { TestAnkrAbi } from '../src/chain/abi/TestAnkr.ts'
import { TestAnkrBytecode } from '../src/chain/bytecode/TestAnkr.ts'
import { moveDigest, possessionDigest } from '../src/core/custody.ts'
import type { Hex } from '../src/core/types.ts'
import { groupFrom, signWith } from '../test/support/frost-group.ts'
import type { FrostGroup } from '../test/support/frost-group.ts'
import * as scenario from './gas-scenario.ts'

const ANKR = 10n ** 18n
const DAY = 86_400
const OWNERS = '0x00000000000000000000000000000000000000f1'
const RECEIVER = '0x00000000000000000000000000000000000000f2'
const SYSTEM = 0
const PROVIDER = 1

const groups: readonly FrostGroup[] = [SYSTEM, PROVIDER].map((group) =>
  groupFrom({ min: 2, max: 3 }, `stkr.gas.frost.${group}`),
)
const signed = (digest: Uint8Array, group: number): string => {
  const by = groups[group]
  if (!by) throw new Error('bug: two groups')
  return hexlify(signWith(by, digest))
}

async function openCustody(provider: JsonRpcProvider, chain: scenario.Chain, rows: Record<string, number>) {
  const [authority = ''] = chain.accounts
  const token = await chain.deploy(TestAnkrAbi, TestAnkrBytecode, [])
  // Answers every question with the authority's address.
  await provider.send('anvil_setCode', [OWNERS, concat(['0x73', authority, '0x60005260206000f3'])])
  const custody = await chain.deploy(CustodyAbi, CustodyBytecode, [[token.address, OWNERS, authority]])
  const domain = { name: 'Stkr custody', version: '1', chainId: 31_337, verifyingContract: custody.address }
  const separator = TypedDataEncoder.hashDomain(domain) as Hex
  const [system = '', own = ''] = groups.map(({ key }) => hexlify(key))
  const shown = (group: number): string => signed(possessionDigest(separator, group, 1), group)
  rows['custody: set the system’s key'] = await custody.send('setSystemKey', [system, shown(SYSTEM)])
  rows['custody: set a provider’s key'] = await custody.send('setProviderKey', [PROVIDER, own, shown(PROVIDER)])
  return { token, custody, separator }
}

async function measureDelegation(provider: JsonRpcProvider, chain: scenario.Chain): Promise<Record<string, number>> {
  const rows: Record<string, number> = {}
  const [, owner = '', other = ''] = chain.accounts
  const { token, custody, separator } = await openCustody(provider, chain, rows)
  await token.send('mint', [owner, 10n * ANKR])
  await token.send('approve', [custody.address, 10n * ANKR], owner)
  const terms = [PROVIDER, 30 * DAY, 1, 1]
  rows['custody: delegate ETH'] = await custody.send('delegateEth', terms, owner, ANKR)
  rows['custody: delegate ANKR'] = await custody.send('delegateAnkr', [...terms, ANKR], owner)
  const deadline = scenario.GENESIS + 29 * DAY
  for (const [id, nonce] of [
    [1n, 0],
    [1n, 1],
    [2n, 0],
    [2n, 1],
  ] as const) {
    const tokenAt = id === 1n ? ZeroAddress : token.address
    const move = {
      delegation: id,
      provider: PROVIDER,
      token: tokenAt as Hex,
      to: RECEIVER as Hex,
      amount: ANKR / 4n,
      nonce,
      providerEpoch: 1,
      systemEpoch: 1,
      deadline,
    }
    const digest = getBytes(moveDigest(separator, move))
    const both = [signed(digest, PROVIDER), signed(digest, SYSTEM)]
    const row = `custody: ${nonce === 0 ? 'first move of' : 'move'} ${id === 1n ? 'ETH' : 'ANKR'}`
    rows[row] = await custody.send('move', [Object.values(move), ...both], other)
  }
  rows['custody: accept the keys of now'] = await custody.send('accept', [1n, 1, 1], owner)
  await chain.warp(scenario.GENESIS + 31 * DAY)
  rows['custody: take ETH back'] = await custody.send('takeBack', [1n, owner], owner)
  rows['custody: take ANKR back'] = await custody.send('takeBack', [2n, owner], owner)
  return rows
}

/** Gas by row name, in the order measured. */
export async function measureCustody(): Promise<Readonly<Record<string, number>>> {
  return scenario.withAnvil(async (url) => {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1 })
    try {
      return await measureDelegation(provider, await scenario.createChain(provider))
    } finally {
      provider.destroy()
    }
  })
}
