// What holders of a threshold key say to each other on /stkr/custody/1, as SSZ with a maximum for each: the ceremony that
// makes the key and the two rounds of a signature. Encodings are those of noble's FROST (RFC 9591, secp256k1 and SHA-256):
// a point has 33 bytes (compressed), a scalar 32 (big-endian), a signature 65 (point, scalar).

import { ByteListType, ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import { GROUP_KEY_BYTES, GROUP_SIGNATURE_BYTES } from './custody.ts'

/** Most holders of one key: a ceremony's work grows with their number squared (14 of 21 take 306 ms each). */
export const HOLDERS_MAX = 32

const u8 = new UintNumberType(1)
const bytes32 = new ByteVectorType(32)
const point = new ByteVectorType(GROUP_KEY_BYTES)
const ed25519Signature = new ByteVectorType(64)

/** Round 1, the same for all: commitments to the coefficients and a proof that their author knows the secret one. */
const dkgContent = {
  commitments: new ListCompositeType(point, HOLDERS_MAX),
  proof: new ByteVectorType(GROUP_SIGNATURE_BYTES),
}
export const DkgContentType = new ContainerType(dkgContent)
/** With its author's signature, so that two different ones show to anybody who said two things. */
export const DkgPackageType = new ContainerType({ ...dkgContent, signature: ed25519Signature })

/** One for each holder, in the group's order: what this one got from that one in round 1. */
export const DkgTranscriptType = new ListCompositeType(
  new ContainerType({ digest: bytes32, signature: ed25519Signature }),
  HOLDERS_MAX,
)

/** Round 2, for its receiver alone. */
export const DkgShareType = new ContainerType({ share: bytes32 })

/** The end: hash of the group key and of all verification shares, as this holder has them on its disk. */
export const DkgResultType = new ContainerType({ digest: bytes32 })

/** A signer's pair of nonce commitments, for one digest and one coordinator; signed, so that nobody can make up another's. */
export const NonceCommitmentType = new ContainerType({
  holder: u8,
  hiding: point,
  binding: point,
  signature: ed25519Signature,
})

/** What a coordinator sends to those whose commitments it chose, by holder. */
export const SigningPackageType = new ListCompositeType(NonceCommitmentType, HOLDERS_MAX)

export type DkgContent = ValueOf<typeof DkgContentType>
export type DkgPackage = ValueOf<typeof DkgPackageType>
export type DkgTranscript = ValueOf<typeof DkgTranscriptType>
export type NonceCommitment = ValueOf<typeof NonceCommitmentType>

const BODY_MAX_BYTES = Math.max(
  ...[DkgPackageType, DkgTranscriptType, DkgShareType, DkgResultType, SigningPackageType].map(({ maxSize }) => maxSize),
)

/** What is asked for. The numbers are the wire's. */
export const CUSTODY_STEPS = {
  ...{ hello: 0, package: 1, transcript: 2, share: 3, result: 4 },
  ...{ commit: 5, sign: 6, confirm: 7 },
} as const
export type CustodyStep = keyof typeof CUSTODY_STEPS

export const CustodyRequestType = new ContainerType({
  step: u8,
  /** Name of the group: hash over its name, threshold and holders. */
  group: bytes32,
  /** Of the ceremony as the asker knows it; the digest in a signing round, of the key in `confirm`; zero where there is none yet. */
  subject: bytes32,
  body: new ByteListType(SigningPackageType.maxSize),
})

/** `waiting`: not yet; `failed`: the ceremony ended here, `culprit` says by whom; `refused`: why, as a code. */
export const CUSTODY_STATES = { given: 0, waiting: 1, failed: 2, refused: 3 } as const

export const CustodyAnswerType = new ContainerType({
  state: u8,
  /** Drawn anew by each process that takes part in a ceremony; zero in a signing round. */
  nonce: bytes32,
  /** Of the ceremony as this holder knows it; zero until it has everybody's nonce. */
  session: bytes32,
  body: new ByteListType(BODY_MAX_BYTES),
})

export type CustodyRequest = ValueOf<typeof CustodyRequestType>
export type CustodyAnswer = ValueOf<typeof CustodyAnswerType>
