// EIP-2537 encodings against real drand points, which the contracts' tests use as well.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import { encodeG1, encodeG2 } from '../../src/native/eip2537.ts'
import { codeThrown } from '../support/faults.ts'
import { quicknet } from '../support/quicknet.ts'

const test = suite('EIP-2537 encodings')

test('a G1 point: every quicknet signature', () => {
  for (const beacon of quicknet.beacons) {
    assert.is(toHex(encodeG1(beacon.signature)), `0x${beacon.signatureEip2537}`, `round ${beacon.round}`)
  }
})

test("a G2 point: quicknet's public key", () => {
  assert.is(toHex(encodeG2(quicknet.chain.publicKey)), `0x${quicknet.publicKeyEip2537}`)
})

test('everything else is refused', () => {
  const infinity = (size: number): Uint8Array => Uint8Array.of(0xc0, ...new Uint8Array(size - 1))
  assert.is(
    codeThrown(() => encodeG1(infinity(48))),
    'bls-point',
  )
  assert.is(
    codeThrown(() => encodeG2(infinity(96))),
    'bls-point',
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.is(
        codeThrown(() => encodeG1(bytes)),
        'bls-point',
      )
      assert.is(
        codeThrown(() => encodeG2(bytes)),
        'bls-point',
      )
    }),
    { numRuns: 500 },
  )
})

test.run()
