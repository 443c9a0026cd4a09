// blst and the portable reference behind one suite, and what only the native file offers.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nobleBls } from '../../src/core/bls.ts'
import { keccak256, toHex } from '../../src/core/bytes.ts'
import { createCertificateSigner, nativeBls } from '../../src/native/certificates.ts'
import { blsSuite } from '../support/bls-suite.ts'
import { codeThrown } from '../support/faults.ts'

blsSuite('noble', nobleBls, 5)
blsSuite('blst', nativeBls, 300)

const test = suite('native certificates')
const secret = Uint8Array.of(1, ...keccak256(Uint8Array.of(1)).subarray(1))
const digest = keccak256(Uint8Array.of(2))

test('the signer holds its key and signs as the port does', () => {
  const given = secret.slice()
  const signer = createCertificateSigner(given)
  given.fill(0)
  assert.is(toHex(signer.publicKey), toHex(nativeBls.publicKey(secret)))
  assert.is(toHex(signer.sign(digest)), toHex(nativeBls.sign(secret, digest)))
})

test('a secret that is none is refused without being told', () => {
  for (const bytes of [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(31).fill(1)]) {
    assert.is(
      codeThrown(() => createCertificateSigner(bytes)),
      'bad-secret',
      toHex(bytes),
    )
  }
})

test.run()
