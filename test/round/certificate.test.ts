import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import type { Certificate, Roster } from '../../src/core/types.ts'
import { nativeBls as bls } from '../../src/native/certificates.ts'
import { aggregate, certificateDigest, certificateFlaw } from '../../src/round/certificate.ts'
import { drawCommittee } from '../../src/round/committee.ts'
import { contractVectors } from '../support/contract-vectors.ts'
import { simKeys } from '../support/sim-crypto.ts'

const test = suite('round: certificate')

const SIZE = 7
const keys = Array.from({ length: SIZE }, (_, i) => simKeys(`certificate ${i}`))
const roster: Roster = {
  epoch: 2,
  members: keys.map(({ signer, peerKey, certificateSigner }, slot) => ({
    id: slot + 1,
    slot,
    signer: signer.address,
    peerKey,
    blsKey: certificateSigner.publicKey,
  })),
}
const separator = new Uint8Array(32).fill(1)
const committee = drawCommittee(roster, 128, separator)
const certified = { kind: 1, unit: 9, epoch: 2, content: new Uint8Array(32).fill(2) }
const digest = certificateDigest(separator, certified)
const shares = (seats: readonly number[]): Map<number, Uint8Array> =>
  new Map(seats.map((seat) => [seat, keys[seat]?.certificateSigner.sign(digest) ?? new Uint8Array()]))

function certificate(seats: readonly number[]): Certificate {
  const made = aggregate(bls, committee, digest, shares(seats)).aggregate
  assert.ok(made, 'enough shares')
  return { ...certified, ...made }
}

test('the digest is that of the contracts', () => {
  for (const { content, digest: expected } of contractVectors.certificates)
    assert.is(
      toHex(
        certificateDigest(fromHex(contractVectors.separator), {
          kind: 1,
          unit: 5,
          epoch: 0,
          content: fromHex(content),
        }),
      ),
      expected,
    )
})

test('q shares make a certificate that names the absent', () => {
  assert.is(aggregate(bls, committee, digest, shares([0, 1, 2, 3])).aggregate, undefined, 'one too few')
  const made = certificate([6, 0, 3, 4, 1])
  assert.equal(made.absentees, [2, 5])
  assert.is(certificateFlaw(bls, committee, separator, made), undefined)
})

test('bad shares are found and left out', () => {
  const mixed = shares([0, 1, 2, 3, 4, 5, 6])
  mixed.set(2, new Uint8Array(96).fill(7))
  mixed.set(5, keys[5]?.certificateSigner.sign(separator) ?? new Uint8Array())
  const { aggregate: made, bad } = aggregate(bls, committee, digest, mixed)
  assert.equal(bad, [2, 5])
  assert.equal(made?.absentees, [2, 5])
  mixed.set(0, new Uint8Array(96))
  assert.is(aggregate(bls, committee, digest, mixed).aggregate, undefined, 'too few good ones are left')
})

test('what is wrong with a certificate', () => {
  const good = certificate([0, 1, 2, 3, 4])
  const cases: readonly [string, Partial<Certificate>][] = [
    ['wrong-epoch', { epoch: 3 }],
    ['bad-absentees', { absentees: [6, 5] }],
    ['bad-absentees', { absentees: [5, 5] }],
    ['bad-absentees', { absentees: [5, 7] }],
    ['too-few-signers', { absentees: [4, 5, 6] }],
    ['bad-certificate', { absentees: [5] }],
    ['bad-certificate', { absentees: [4, 6] }],
    ['bad-certificate', { unit: 8 }],
    ['bad-certificate', { content: separator }],
    ['bad-certificate', { signature: new Uint8Array(96) }],
  ]
  for (const [expected, change] of cases)
    assert.is(certificateFlaw(bls, committee, separator, { ...good, ...change }), expected, JSON.stringify(change))
})

test.run()
