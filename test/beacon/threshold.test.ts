// The dealt secret: any threshold of members makes the one signature, fewer make none.
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { beaconMessage } from '../../src/beacon/chain-info.ts'
import { createLocalChain } from '../../src/beacon/local-chain.ts'
import type { LocalChainOptions } from '../../src/beacon/local-chain.ts'
import { BEACON_DST, loadPairing } from '../../src/beacon/pairing.ts'
import { combine, deal, signPartially } from '../../src/beacon/threshold.ts'

const test = suite('local drand chain')
const seed = new Uint8Array(32).fill(3)
const pairing = await loadPairing()

const signWith = (indices: readonly number[], threshold = 3): string => {
  const { shares } = deal(seed, threshold, 5)
  const hashed = pairing.hashToG1(beaconMessage(7))
  const partials = shares.filter((share) => indices.includes(share.index)).map((share) => signPartially(hashed, share))
  return bytesToHex(combine(partials))
}

const options: LocalChainOptions = {
  seed,
  genesis: 1_700_000_000,
  period: 1,
  threshold: 3,
  members: 5,
  beaconId: 'local',
}

test('any three of five make the same signature, two do not', () => {
  const whole = signWith([1, 2, 3])
  for (const indices of [
    [1, 2, 4],
    [1, 3, 5],
    [2, 4, 5],
    [3, 4, 5],
  ])
    assert.is(signWith(indices), whole, indices.join())
  for (const indices of [[1, 2], [4, 5], [1]]) assert.is.not(signWith(indices), whole, indices.join())
})

test('the chain signs as the secret would, and noble agrees', async () => {
  const chain = await createLocalChain(options)
  const scheme = bls12_381.shortSignatures
  for (const round of [1, 2, 7, 2 ** 40]) {
    const { signature } = chain.sign(round)
    const hashed = scheme.hash(beaconMessage(round), BEACON_DST)
    assert.ok(
      scheme.verify(Uint8Array.from(Buffer.from(signature, 'hex')), hashed, Buffer.from(chain.info.public_key, 'hex')),
      `round ${round}`,
    )
  }
  assert.is(chain.sign(7).signature, signWith([1, 2, 3]))
})

test('the same seed continues the same chain; another seed, genesis or period is another chain', async () => {
  const chain = await createLocalChain(options)
  const again = await createLocalChain(options)
  assert.equal(again.info, chain.info)
  assert.equal(again.sign(99), chain.sign(99))
  for (const change of [{ seed: new Uint8Array(32).fill(4) }, { genesis: 1 }, { period: 2 }, { beaconId: 'b' }]) {
    const other = await createLocalChain({ ...options, ...change })
    assert.is.not(other.info.hash, chain.info.hash, Object.keys(change).join())
  }
})

test('impossible options are refused by name', async () => {
  const cases: readonly (readonly [RegExp, Partial<LocalChainOptions>])[] = [
    [/seed/, { seed: new Uint8Array(31) }],
    [/genesis/, { genesis: -1 }],
    [/period/, { period: 0 }],
    [/period/, { period: 0.5 }],
    [/threshold/, { threshold: 6 }],
    [/threshold/, { threshold: 0 }],
    [/members/, { members: 101 }],
    [/beaconId/, { beaconId: 'Not This' }],
  ]
  for (const [message, change] of cases) {
    const told = await createLocalChain({ ...options, ...change }).then(() => 'nothing', String)
    assert.match(told, message)
  }
})

test.run()
