import { bls12_381 } from '@noble/curves/bls12-381.js'
import { numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { AbiCoder, id, keccak256 as ethersKeccak } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commitmentOf, judgeOpening, openBid, sealBid } from '../../src/auction/bid.ts'
import { AuctionStatementBody, SealedBidBody } from '../../src/auction/codec.ts'
import { PRICE_MAX } from '../../src/auction/job.ts'
import type { Job } from '../../src/core/types.ts'
import { concatBytes, keccak256, toHex, utf8ToBytes, word, ZERO_32 } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { decode } from '../../src/core/records.ts'
import { createTimelock } from '../../src/core/timelock.ts'
import { createDice, rulesOf, SEED } from './random.ts'

const test = suite('auction/bid')
const secret = keccak256(utf8ToBytes('bid test chain')).with(0, 1)
const { shortSignatures } = bls12_381
const chain = {
  hash: '',
  publicKey: shortSignatures.getPublicKey(secret).toBytes(true),
  genesisTime: 0,
  periodSeconds: 3,
}
const beaconOf = (round: number) => {
  const message = sha256(numberToBytesBE(BigInt(round), 8))
  const point = shortSignatures.hash(message, 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_')
  return { round, signature: shortSignatures.sign(point, secret).toBytes(true) }
}
const random = createDice(SEED).bytes
const timelock = createTimelock({ chain }, { random })
const deps = { timelock, random }

const separator = keccak256(utf8ToBytes('bid test network'))
const job: Job = { id: 5, rules: rulesOf(1, 80), closeRound: 10, openRound: 12, pickRound: 14 }
const context = { separator, job, provider: 3 }
const beacon = beaconOf(12)
const outcomeOf = (bid: ReturnType<typeof openBid>) => (bid.valid ? bid.price : bid.code)

test('a sealed bid opens to its price for everybody', () => {
  for (const price of [0n, 60n, 80n]) {
    const { body, opening } = sealBid(context, price, 9, deps)
    assert.equal(openBid(context, body, beacon, timelock), { valid: true, price, opening }, `price ${price}`)
  }
})

test('the commitment is what a contract computes with abi.encode', () => {
  const salt = random(20)
  const opening = concatBytes(word(PRICE_MAX).subarray(20), salt)
  const types = ['bytes32', 'bytes32', 'uint64', 'uint32', 'uint96', 'uint160']
  const values = [id('stkr.bid'), toHex(separator), 5, 3, PRICE_MAX, toHex(salt)]
  assert.is(toHex(commitmentOf(context, opening)), ethersKeccak(AbiCoder.defaultAbiCoder().encode(types, values)))
})

test('the commitment binds network, job, provider, price and salt', () => {
  const opening = concatBytes(word(60).subarray(20), random(20))
  const others = [
    commitmentOf(context, opening),
    commitmentOf({ ...context, separator: ZERO_32 }, opening),
    commitmentOf({ ...context, job: { ...job, id: 6 } }, opening),
    commitmentOf({ ...context, provider: 4 }, opening),
    commitmentOf(context, opening.with(11, 61)),
    commitmentOf(context, opening.with(31, (opening[31] ?? 0) ^ 1)),
  ]
  assert.is(new Set(others.map(toHex)).size, others.length)
})

test('what a bidder can do wrong makes its bid void, with a code', () => {
  const { body } = sealBid(context, 60n, 9, deps)
  const sealing = (price: bigint, salt: Uint8Array) => {
    const opening = concatBytes(word(price).subarray(20), salt)
    return { commitment: commitmentOf(context, opening), ciphertext: timelock.seal(12, opening, 9) }
  }
  const cases: readonly [string, string, typeof body, typeof context][] = [
    [
      'a good commitment with a garbage ciphertext',
      'timelock-point',
      { ...body, ciphertext: new Uint8Array(160) },
      context,
    ],
    ['sealed for another round', 'timelock-forged', { ...body, ciphertext: timelock.seal(13, random(32), 9) }, context],
    [
      'a ciphertext of something else',
      'bid-mismatch',
      { ...body, ciphertext: timelock.seal(12, random(32), 9) },
      context,
    ],
    ['a copy of another’s bid', 'bid-mismatch', body, { ...context, provider: 4 }],
    ['a replay from another job', 'bid-mismatch', body, { ...context, job: { ...job, id: 6 } }],
    ['above the reserve', 'bid-above-reserve', sealing(81n, random(20)), context],
    ['salt zero', 'bid-salt-zero', sealing(60n, new Uint8Array(20)), context],
  ]
  for (const [name, code, bid, where] of cases) assert.is(outcomeOf(openBid(where, bid, beacon, timelock)), code, name)
})

test('what did not open is settled as zero, and zero is never a bid', () => {
  const garbage = { commitment: commitmentOf(context, ZERO_32), ciphertext: new Uint8Array(160) }
  const opened = openBid(context, garbage, beacon, timelock)
  assert.equal(opened, { valid: false, code: 'timelock-point', opening: ZERO_32 })
  assert.is(outcomeOf(judgeOpening(context, garbage.commitment, ZERO_32)), 'bid-salt-zero')
})

test('a wrong beacon voids nobody', () => {
  const { body } = sealBid(context, 60n, 9, deps)
  for (const [code, wrong] of [
    ['timelock-round', beaconOf(13)],
    ['timelock-beacon', { ...beaconOf(13), round: 12 }],
  ] as const) {
    try {
      openBid(context, body, wrong, timelock)
      assert.unreachable(code)
    } catch (error) {
      assert.is(error instanceof Fault && error.code, code)
    }
  }
})

test('prices out of range are not sealed, nor is anything once the round is out', () => {
  const cases: readonly [string, bigint, number][] = [
    ['bid-price', -1n, 9],
    ['bid-price', 81n, 9],
    ['timelock-round-past', 60n, 12],
  ]
  for (const [code, price, newest] of cases) {
    try {
      sealBid(context, price, newest, deps)
      assert.unreachable(`${code}: ${price}`)
    } catch (error) {
      assert.is(error instanceof Fault && error.code, code, `price ${price} at ${newest}`)
    }
  }
  const broken = { timelock, random: (length: number) => new Uint8Array(length) }
  assert.throws(() => sealBid(context, 60n, 9, broken), /bug: /)
})

test('a bid’s body is commitment ‖ ciphertext, and random bytes are refused with a code', () => {
  const { body } = sealBid(context, 60n, 9, deps)
  assert.equal(SealedBidBody.serialize(body), concatBytes(body.commitment, body.ciphertext))
  const dice = createDice(SEED)
  for (let i = 0; i < 500; i++) {
    const bytes = dice.bytes(dice.roll(2) === 0 ? dice.roll(300) : 192)
    for (const type of [SealedBidBody, AuctionStatementBody]) {
      try {
        const value: unknown = decode<unknown>(type, bytes, 'input')
        assert.ok(value, `seed ${SEED}, input ${i}`)
      } catch (error) {
        assert.ok(
          error instanceof Fault && ['oversized', 'bad-encoding'].includes(error.code),
          `input ${i}: ${String(error)}`,
        )
      }
    }
  }
})

test.run()
