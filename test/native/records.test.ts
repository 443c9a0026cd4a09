// libsecp256k1 and the portable reference behind one suite.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, toHex } from '../../src/core/bytes.ts'
import { nobleRecordSigner, nobleRecordVerifier } from '../../src/core/signature.ts'
import { createRecordSigner, createRecordVerifier } from '../../src/native/records.ts'
import { codeThrown } from '../support/faults.ts'
import { recordsSuite } from '../support/records-suite.ts'

recordsSuite('noble', { signer: nobleRecordSigner, verifier: nobleRecordVerifier }, 20)
recordsSuite('libsecp256k1', { signer: createRecordSigner, verifier: createRecordVerifier() }, 500)

const test = suite('native records')

test('a secret that is none is refused without being told', () => {
  for (const bytes of [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(33).fill(1)]) {
    assert.is(
      codeThrown(() => createRecordSigner(bytes)),
      'bad-secret',
      toHex(bytes),
    )
  }
})

test('the signer keeps its own copy of the secret', () => {
  const secret = keccak256(Uint8Array.of(7))
  const signer = createRecordSigner(secret)
  const digest = keccak256(Uint8Array.of(8))
  const before = toHex(signer.sign(digest))
  secret.fill(0)
  assert.is(toHex(signer.sign(digest)), before)
})

test.run()
