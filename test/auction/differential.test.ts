// The outcome on chain against the outcome here: 10,000 random auctions, void bids, ties, lone bids and empty auctions
// included, through eth_call on a real EVM. A counterexample names the case; the seed makes it come back.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interface } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commitmentOf, judgeOpening } from '../../src/auction/bid.ts'
import { pickSeed } from '../../src/auction/job.ts'
import type { AuctionRules, Job } from '../../src/core/types.ts'
import { awardOf } from '../../src/auction/outcome.ts'
import { concatBytes, keccak256, toHex, utf8ToBytes, word, ZERO_32 } from '../../src/core/bytes.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { createDice, SEED } from './random.ts'
import type { Dice } from './random.ts'

const ROOT = join(import.meta.dirname, '../..')
const HARNESS = 'test/contracts/auction/AuctionHarness.sol'
const ADDRESS = '0x00000000000000000000000000000000000a0c70'
const AUCTIONS = 10_000
const BATCH = 100
const separator = keccak256(utf8ToBytes('differential test'))

const RULES = 'tuple(uint8 shortlist,bool payAsBid,uint96 reserve) rules'
const BIDS = 'tuple(uint32 provider,uint32 weight,bytes32 commitment,bytes32 opening)[] bids'
const harness = new Interface([
  `function settle(bytes32 separator,tuple(uint64 job,${RULES},bytes32 randomness,uint256 rank,${BIDS})[] cases) view returns (tuple(uint256 valid,uint32 winner,uint96 price,uint32 setter)[])`,
  `function award(uint256[] bids,${RULES},bytes32 seed,uint256 rank) view returns (tuple(bool found,uint256 winner,uint256 price,uint256 setter))`,
  `function gasOfAward(uint256[] bids,${RULES},bytes32 seed) view returns (uint256)`,
  'error TooManyBids(uint256 count)',
  'error ProvidersNotIncreasing(uint256 position)',
  'error ShortlistOutOfRange(uint256 shortlist)',
])

/** Runtime code of the harness, compiled as foundry.toml says: the test needs no earlier build. */
function compile(): string {
  const read = (path: string) => ({ content: readFileSync(join(ROOT, path), 'utf8') })
  const input = {
    language: 'Solidity',
    sources: { [HARNESS]: read(HARNESS), 'contracts/lib/Auction.sol': read('contracts/lib/Auction.sol') },
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: true, runs: 10_000 },
      outputSelection: { [HARNESS]: { AuctionHarness: ['evm.deployedBytecode.object'] } },
    },
  }
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/solc')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
  })
  const code = /"object":"([0-9a-f]+)"/.exec(run.stdout)?.[1]
  assert.ok(code, `the harness compiles: ${run.stdout.slice(0, 2000)} ${run.stderr.slice(0, 500)}`)
  return `0x${code}`
}

interface Bid {
  readonly provider: number
  readonly weight: number
  readonly commitment: Uint8Array
  readonly opening: Uint8Array
}
interface Case {
  readonly job: Job
  readonly randomness: Uint8Array
  readonly rank: number
  readonly bids: readonly Bid[]
}

function randomBid(dice: Dice, job: Job, provider: number, spread: number): Bid {
  const price = job.rules.reserve - BigInt(dice.roll(spread)) + BigInt(dice.roll(8) === 0 ? dice.roll(spread) : 0)
  const salt = dice.roll(12) === 0 ? new Uint8Array(20) : dice.bytes(20)
  const opening = concatBytes(word(price < 0n ? 0n : price).subarray(20), salt)
  const commitment = commitmentOf({ separator, job, provider }, opening)
  const weight = [0, 1, 0xffff_ffff, dice.roll(10_000)][dice.roll(4)] ?? 1
  const fate = dice.roll(10)
  if (fate === 0) return { provider, weight, commitment, opening: ZERO_32 } // did not open
  if (fate === 1) return { provider, weight, commitment: dice.bytes(32), opening } // opens to something else
  return { provider, weight, commitment, opening }
}

function randomCase(dice: Dice, id: number): Case {
  const count = dice.roll(50) === 0 ? dice.roll(129) : dice.roll(9)
  const spread = dice.roll(2) === 0 ? 4 : 1_000_000
  const pricing: AuctionRules['pricing'] = dice.roll(4) === 0 ? 'payAsBid' : 'vickrey'
  // Now and then the largest reserve there is: keys and packing have to hold 96 bits.
  const reserve = dice.roll(10) === 0 ? 2n ** 96n - 1n - BigInt(spread) : BigInt(spread - dice.roll(4))
  const rules = { shortlist: 1 + (dice.roll(2) === 0 ? 0 : dice.roll(16)), pricing, reserve }
  const job = { id, rules, closeRound: 1, openRound: 2, pickRound: 3 }
  let provider = 0
  const bids = Array.from({ length: count }, () => randomBid(dice, job, (provider += 1 + dice.roll(3)), spread))
  return { job, randomness: dice.bytes(32), rank: dice.roll(3) === 0 ? dice.roll(5) : 0, bids }
}

function outcomeHere({ job, randomness, rank, bids }: Case): readonly bigint[] {
  const judged = bids.map((bid) =>
    judgeOpening({ separator, job, provider: bid.provider }, bid.commitment, bid.opening),
  )
  const valid = judged.reduce((set, bid, i) => (bid.valid ? set | (1n << BigInt(i)) : set), 0n)
  const priced = bids.flatMap(({ provider, weight }, i) => {
    const bid = judged[i]
    return bid?.valid ? [{ provider, weight, price: bid.price }] : []
  })
  const award = awardOf(priced, job.rules, pickSeed(separator, job.id, randomness), rank)
  return [valid, BigInt(award?.winner.provider ?? 0), award?.price ?? 0n, BigInt(award?.setter?.provider ?? 0)]
}

const onChain = ({ shortlist, pricing, reserve }: AuctionRules) => ({
  shortlist,
  payAsBid: pricing === 'payAsBid',
  reserve,
})

const encodeCase = ({ job, randomness, rank, bids }: Case) => ({
  job: job.id,
  rules: onChain(job.rules),
  randomness: toHex(randomness),
  rank,
  bids: bids.map((bid) => ({ ...bid, commitment: toHex(bid.commitment), opening: toHex(bid.opening) })),
})

const test = suite<{ anvil: Anvil }>('auction/differential')

test.before(async (context) => {
  context.anvil = await startAnvil('--disable-block-gas-limit', '--hardfork', 'osaka')
  await context.anvil.rpc('anvil_setCode', ADDRESS, compile())
})
test.after(async ({ anvil }) => anvil.stop())

/** The decoded result of a call on the harness, as nested arrays. */
async function call(anvil: Anvil, name: string, args: readonly unknown[]): Promise<readonly unknown[]> {
  const data = harness.encodeFunctionData(name, args)
  const answer = await anvil.rpc('eth_call', { to: ADDRESS, data, gas: '0x3b9aca000' }, 'latest')
  const decoded: readonly unknown[] = harness.decodeFunctionResult(name, String(answer)).toArray(true)
  return decoded
}

test('10,000 random auctions have one outcome', async ({ anvil }) => {
  const dice = createDice(SEED)
  const seen = { void: 0, tie: 0, lone: 0, none: 0 }
  for (let start = 0; start < AUCTIONS; start += BATCH) {
    const cases = Array.from({ length: BATCH }, (_, i) => randomCase(dice, start + i + 1))
    const [results] = await call(anvil, 'settle', [toHex(separator), cases.map(encodeCase)])
    assert.ok(Array.isArray(results) && results.length === BATCH)
    cases.forEach((one, i) => {
      const here = outcomeHere(one)
      assert.equal(results[i], here, `seed ${SEED}, auction ${one.job.id}`)
      const valid = (here[0] ?? 0n).toString(2).replaceAll('0', '').length
      if (valid < one.bids.length) seen.void++
      if (valid === 1) seen.lone++
      if (valid === 0) seen.none++
      if (new Set(one.bids.map((bid) => toHex(bid.opening.subarray(0, 12)))).size < one.bids.length) seen.tie++
    })
  }
  for (const [kind, count] of Object.entries(seen)) assert.ok(count > 500, `only ${count} auctions with: ${kind}`)
})

const packed = (count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => (BigInt(((i * 37) % 101) + 1) << 84n) | (100n << 32n) | BigInt(i + 1))
const rules = (shortlist: number) => ({ shortlist, payAsBid: false, reserve: 2n ** 90n })

test('the award alone costs little beside the bids it is made from', async ({ anvil }) => {
  const limits: readonly [number, number, number][] = [
    [4, 1, 5_500],
    [32, 1, 23_000],
    [128, 1, 83_000],
    [128, 16, 170_000],
  ]
  for (const [count, shortlist, limit] of limits) {
    const [gas] = await call(anvil, 'gasOfAward', [packed(count), rules(shortlist), toHex(ZERO_32)])
    assert.ok(Number(gas) <= limit, `${count} bids, m = ${shortlist}: ${String(gas)} gas, at most ${limit}`)
  }
})

test('input no settlement may have is refused by name', async ({ anvil }) => {
  const cases: readonly [string, bigint[], number][] = [
    ['TooManyBids', packed(129), 1],
    ['ProvidersNotIncreasing', [2n, 1n], 1],
    ['ProvidersNotIncreasing', [1n, 1n], 1],
    ['ShortlistOutOfRange', packed(2), 0],
    ['ShortlistOutOfRange', packed(2), 17],
  ]
  for (const [name, bids, shortlist] of cases) {
    const selector = harness.getError(name)?.selector ?? 'none'
    try {
      await call(anvil, 'award', [bids, rules(shortlist), toHex(ZERO_32), 0])
    } catch (error) {
      assert.match(String(error), selector, `${name}, ${bids.length} bids, m = ${shortlist}`)
      continue
    }
    assert.unreachable(`${name}, ${bids.length} bids, m = ${shortlist}: accepted`)
  }
})

test.run()
