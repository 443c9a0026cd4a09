import { AbiCoder, keccak256 as ethersKeccak } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { OpenedBid } from '../../src/auction/bid.ts'
import {
  listOf,
  oddsOf,
  openingsHash,
  outcomeOf,
  priceOf,
  pricesOf,
  proofsFor,
  proofsForNext,
  takingPart,
} from '../../src/auction/openings.ts'
import type { OpenedEntry } from '../../src/auction/openings.ts'
import { concatBytes, keccak256, toHex, word, ZERO_32 } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { bid, job, separator } from './bids.ts'

const test = suite('auction/openings')

const openingOf = (price: bigint): Uint8Array => concatBytes(word(price).subarray(20), new Uint8Array(20).fill(3))
const entry = (provider: number, result: OpenedBid, onChain = false): OpenedEntry => ({
  provider,
  bid: { commitment: keccak256(word(provider)), ciphertext: new Uint8Array(160) },
  record: onChain ? undefined : bid(10 + provider),
  result,
})
const valid = (provider: number, price: bigint): OpenedEntry =>
  entry(provider, { valid: true, price, opening: openingOf(price) })

const entries: readonly OpenedEntry[] = [
  valid(1, 60n),
  entry(2, { valid: false, code: 'bid-mismatch', opening: openingOf(5n) }),
  valid(3, 70n),
  entry(4, { valid: false, code: 'bid-above-reserve', opening: openingOf(90n) }, true),
  entry(5, { valid: false, code: 'timelock-point', opening: ZERO_32 }),
  valid(6, 75n),
]
const screened = [1, 3, 6].map((provider) => ({ provider, weight: 100 * provider, able: provider !== 1 }))
const pick = { randomness: keccak256(word(9)) }

test('the hash is that of abi.encode(provider * 256 + opened, commitment), bid for bid', () => {
  const flags = [1, 0, 1, 1, 0, 1]
  const coder = AbiCoder.defaultAbiCoder()
  const words = entries.map((one, i) =>
    coder.encode(['uint256', 'bytes32'], [one.provider * 256 + (flags[i] ?? 0), toHex(one.bid.commitment)]),
  )
  assert.is(toHex(openingsHash(entries)), ethersKeccak(`0x${words.map((one) => one.slice(2)).join('')}`))
  assert.is(toHex(openingsHash([])), ethersKeccak('0x'), 'no bids have a hash, too')
})

test('the list shows what opened, and the commitment of what did not', () => {
  assert.equal(
    listOf(entries).map(({ provider, opened, content }) => [provider, opened, toHex(content)]),
    entries.map((one, i) => [
      one.provider,
      [0, 2, 3, 5].includes(i),
      toHex([0, 2, 3, 5].includes(i) ? one.result.opening : one.bid.commitment),
    ]),
  )
  assert.equal(entries.map(priceOf), [60n, undefined, 70n, 90n, undefined, 75n])
  assert.equal(pricesOf(entries), [
    { provider: 1, price: 60n },
    { provider: 3, price: 70n },
    { provider: 6, price: 75n },
  ])
})

test('who takes part: the able at first, afterwards those who did', () => {
  const providers = (took?: readonly number[]) =>
    takingPart(entries, screened, took).map(({ provider, weight }) => [provider, weight])
  assert.equal(providers(), [
    [3, 300],
    [6, 600],
  ])
  assert.equal(providers([0, 2]), [
    [1, 100],
    [3, 300],
  ])
  assert.throws(
    () => takingPart(entries, screened.slice(1)),
    (error: unknown) => error instanceof Fault && error.code === 'outcome-screen',
  )
})

test('proofs: winner, price setter and every void bid; when handed on, no void ones', () => {
  const award = outcomeOf({ separator }, job, takingPart(entries, screened), pick)
  assert.is(award?.winner.provider, 3)
  assert.equal(oddsOf(award), [{ provider: 3, weight: 300 }])
  assert.equal(
    proofsFor(entries, award).map(({ position, record }) => [position, record?.author]),
    [
      [1, 12],
      [2, 13],
      [3, undefined],
      [4, 15],
      [5, 16],
    ],
  )
  assert.equal(
    proofsForNext(entries, award).map(({ position }) => position),
    [2, 5],
  )
  assert.equal(
    proofsFor(entries, undefined).map(({ position }) => position),
    [1, 3, 4],
    'nobody wins: the void forfeit all the same',
  )
})

test.run()
