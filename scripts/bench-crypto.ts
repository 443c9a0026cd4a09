// What our certificates cost beside the bare library: aggregation and verification through the ports, checks included,
// against blst called with parsed points. One committee of 128, everybody present, both sides in the same process.

import blst from '@chainsafe/blst'
import { keccak256, word } from '../src/core/bytes.ts'
import type { Member } from '../src/core/types.ts'
import { nativeBls } from '../src/native/certificates.ts'
import { drawCommittee } from '../src/round/committee.ts'
import { aggregate, certificateDigest, certificateFlaw } from '../src/round/certificate.ts'
import { means } from './bench-means.ts'
import type { Measurement } from './bench.ts'

const SEATS = 128
const SEPARATOR = keccak256(word(1))

export async function benchCertificates(): Promise<readonly Measurement[]> {
  const secrets = Array.from({ length: SEATS }, (_, i) => blst.SecretKey.fromKeygen(keccak256(word(i))))
  const members = secrets.map((secret, slot): Member => ({
    id: slot + 1,
    slot,
    signer: '0x',
    peerKey: new Uint8Array(32),
    blsKey: secret.toPublicKey().toBytes(true),
  }))
  const committee = drawCommittee({ epoch: 0, members }, SEATS, SEPARATOR)
  const certified = { kind: 1, unit: 7, epoch: 0, content: SEPARATOR }
  const digest = certificateDigest(SEPARATOR, certified)
  const signatures = secrets.map((secret) => secret.sign(digest))
  const shares = new Map(signatures.map((signature, seat) => [seat, signature.toBytes(true)]))
  const sum = aggregate(nativeBls, committee, digest, shares).aggregate
  if (!sum) throw new Error('the certificate to measure did not form')
  const certificate = { ...certified, ...sum }
  const keys = secrets.map((secret) => secret.toPublicKey())
  const parsed = blst.Signature.fromBytes(sum.signature)
  const mean = await means({
    aggregate: () => aggregate(nativeBls, committee, digest, shares),
    bareAggregate: () => {
      const points = [...shares.values()].map((share) => blst.Signature.fromBytes(share, true, true))
      return blst.fastAggregateVerify(digest, keys, blst.aggregateSignatures(points))
    },
    verify: () => certificateFlaw(nativeBls, committee, SEPARATOR, certificate),
    bareVerify: () => blst.fastAggregateVerify(digest, keys, parsed),
  })
  const row = (name: string, ours = 0, bare = 0): Measurement => ({ name, ours, bare, ratio: ours / bare, unit: 'ms' })
  return [
    row(
      `certificate of ${SEATS}: check shares and aggregate, against raw blst`,
      mean['aggregate'],
      mean['bareAggregate'],
    ),
    row(`certificate of ${SEATS}: verify, against raw blst`, mean['verify'], mean['bareVerify']),
  ]
}
