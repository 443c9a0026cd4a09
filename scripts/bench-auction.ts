// What a sealed auction costs beside the usual ways: gas against commit and reveal on chain, the timelock against tlock-js.
// Both sides in the same run, on the same chain and with the same beacons.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AbiCoder, JsonRpcProvider, id, keccak256 as hashOf } from 'ethers'
import { hexToBytes } from '@noble/hashes/utils.js'
import ibe from 'tlock-js/crypto/ibe.js'
import { CommitRevealAbi } from '../src/chain/abi/CommitReveal.ts'
import { CommitRevealBytecode } from '../src/chain/bytecode/CommitReveal.ts'
import { concatBytes, keccak256, word } from '../src/core/bytes.ts'
import { createTimelock } from '../src/core/timelock.ts'
import { beaconMessage } from '../src/beacon/chain-info.ts'
import { systemRandom } from '../src/system.ts'
import { means } from './bench-means.ts'
import type { Measurement } from './bench.ts'
import { measureAuctions } from './gas-auction.ts'
import { createChain, range, withAnvil } from './gas-scenario.ts'

const SIZES = [4, 32, 128] as const

/** Gas of `count` commitments and reveals, each a transaction, in a contract that does nothing else. */
async function measureCommitReveal(): Promise<ReadonlyMap<number, number>> {
  return withAnvil(async (url) => {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1 })
    try {
      const chain = await createChain(provider)
      const auction = await chain.deploy(CommitRevealAbi, CommitRevealBytecode, [])
      const gas = new Map<number, number>()
      for (const count of SIZES) {
        const bids = range(count).map((bidder) => [
          count,
          bidder,
          10n ** 18n + BigInt(bidder),
          id(`salt ${bidder}`).slice(0, 42),
        ])
        let spent = 0
        for (const bid of bids) {
          const commitment = hashOf(AbiCoder.defaultAbiCoder().encode(['uint256', 'uint32', 'uint96', 'bytes20'], bid))
          spent += await auction.send('commit', [count, bid[1], commitment])
        }
        for (const bid of bids) spent += await auction.send('reveal', bid)
        gas.set(count, spent)
      }
      return gas
    } finally {
      provider.destroy()
    }
  })
}

/** The whole auction by bid: certificate of openings and settlement, against two transactions for each bidder. */
export async function benchAuctionGas(): Promise<readonly Measurement[]> {
  const ours = await measureAuctions()
  const theirs = await measureCommitReveal()
  return SIZES.map((count): Measurement => {
    const certify = ours['certify openings']
    const settle = ours[`settle, ${count} bids`]
    const bare = theirs.get(count)
    if (certify === undefined || settle === undefined || bare === undefined)
      throw new Error(`${count} bids were not measured`)
    const whole = certify + settle
    const name = `auction of ${count}: gas a bid, against commit and reveal on chain`
    return { name, ours: whole / count, bare: bare / count, ratio: whole / bare, unit: 'gas' }
  })
}

interface Quicknet {
  readonly chain: {
    readonly hash: string
    readonly public_key: string
    readonly genesis_time: number
    readonly period: number
  }
  readonly beacons: readonly { readonly round: number; readonly signature: string }[]
}

/** One bid sealed and opened with a real beacon of quicknet, the round's pairing cached as in an auction. */
export async function benchTimelock(): Promise<readonly Measurement[]> {
  const file = join(import.meta.dirname, '../test/vectors/drand-quicknet.json')
  const { chain, beacons } = JSON.parse(readFileSync(file, 'utf8')) as Quicknet
  const [first] = beacons
  if (!first) throw new Error('there is no beacon to open with')
  const beacon = { round: first.round, signature: hexToBytes(first.signature) }
  const publicKey = hexToBytes(chain.public_key)
  const pinned = { hash: chain.hash, publicKey, genesisTime: chain.genesis_time, periodSeconds: chain.period }
  const timelock = createTimelock({ chain: pinned }, { random: systemRandom })
  const payload = keccak256(word(1))
  const message = beaconMessage(beacon.round)
  const ours = timelock.seal(beacon.round, payload, 0)
  const theirs = await ibe.encryptOnG2RFC9380(publicKey, message, payload)
  timelock.open(concatBytes(theirs.U, theirs.V, theirs.W), beacon)
  const mean = await means({
    seal: () => timelock.seal(beacon.round, payload, 0),
    bareSeal: () => ibe.encryptOnG2RFC9380(publicKey, message, payload),
    open: () => timelock.open(ours, beacon),
    bareOpen: () => ibe.decryptOnG2(beacon.signature, theirs),
  })
  const row = (name: string, mine = 0, bare = 0): Measurement => ({
    name,
    ours: mine,
    bare,
    ratio: mine / bare,
    unit: 'ms',
  })
  return [
    row('timelock: seal a bid, against tlock-js', mean['seal'], mean['bareSeal']),
    row('timelock: open a bid, against tlock-js', mean['open'], mean['bareOpen']),
  ]
}
