// Real signatures for simulations, verified once per process: hundreds of nodes check the same records, and a verdict on
// the same bytes is the same for all of them.

import { keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import type { Bls, RecordVerifier } from '../../src/core/ports.ts'
import { createCertificateSigner, nativeBls } from '../../src/native/certificates.ts'
import { createRecordSigner, createRecordVerifier } from '../../src/native/records.ts'

const name = (...parts: readonly Uint8Array[]): string =>
  parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64')).join()

function remember<A extends readonly unknown[]>(key: (...args: A) => string, judge: (...args: A) => boolean) {
  const memo = new Map<string, boolean>()
  return (...args: A): boolean => {
    const at = key(...args)
    const known = memo.get(at)
    if (known !== undefined) return known
    const verdict = judge(...args)
    memo.set(at, verdict)
    return verdict
  }
}

export function memoVerifier(): RecordVerifier {
  const native = createRecordVerifier()
  return {
    verify: remember((address, digest, signature) => `${address}${name(digest, signature)}`, native.verify),
  }
}

export function memoBls(): Bls {
  return {
    ...nativeBls,
    verify: remember((key, digest, signature) => name(key, digest, signature), nativeBls.verify),
    verifyAggregate: remember(
      (keys, digest, signature) => name(keccak256(...keys), digest, signature),
      nativeBls.verifyAggregate,
    ),
  }
}

const secret = (label: string): Uint8Array => {
  const bytes = keccak256(utf8ToBytes(label))
  bytes[0] = 1 // below both group orders
  return bytes
}

/** All keys of one simulated sidecar, from a label. */
export const simKeys = (label: string) => ({
  signer: createRecordSigner(secret(`${label}/record`)),
  certificateSigner: createCertificateSigner(secret(`${label}/bls`)),
  peerKey: keccak256(utf8ToBytes(`${label}/peer`)),
})

export const traceHash = (lines: readonly string[]): string => toHex(keccak256(utf8ToBytes(lines.join('\n'))))
