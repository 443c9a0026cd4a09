// SSZ bodies of the auction's records, decoded through `decode` of core/records.ts like all others. Sizes are fixed or
// bounded by the limits of one auction; a bid's body is commitment ‖ ciphertext, which a contract can hash as it is.

import { ByteVectorType, ContainerType, ListBasicType, ListCompositeType, UintNumberType } from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import { SEATS_MAX } from '../core/records.ts'
import { TIMELOCK_BYTES } from '../core/timelock.ts'
import { BIDS_MAX, BIDS_PER_BIDDER_MAX } from './job.ts'

const u8 = new UintNumberType(1)
const u32 = new UintNumberType(4)
const u64 = new UintNumberType(8)
const bytes32 = new ByteVectorType(32)

/** Body of a `bid` record; its unit is the job, its sequence counts replacements from 0. */
export const SealedBidBody = new ContainerType({
  commitment: bytes32,
  ciphertext: new ByteVectorType(TIMELOCK_BYTES),
})

/** Body of an `auctionStatement`: names of all bid records seen in time, strictly increasing. */
export const AuctionStatementBody = new ContainerType({
  seen: new ListCompositeType(bytes32, BIDS_MAX * BIDS_PER_BIDDER_MAX),
})

export type AuctionStatement = Readonly<ValueOf<typeof AuctionStatementBody>>

/** Body of an `auctionProposal`; sequence = view. The admitted set follows from the statements it names. */
export const AuctionProposalBody = new ContainerType({
  /** What is to be certified: `admissionContent` of the set. Claimed so that a difference is found and named. */
  content: bytes32,
  /** Names of at least q closing statements, in seat order. */
  statements: new ListCompositeType(bytes32, SEATS_MAX),
})
export type AuctionProposal = Readonly<ValueOf<typeof AuctionProposalBody>>

/** One bid of an admitted set. */
const AdmittedEntryType = new ContainerType({
  provider: u32,
  /** Author of the bid's record; 0 when the commitment stands on chain. */
  author: u32,
  /** Name of the record; on chain: keccak256(commitment ‖ ciphertext). */
  name: bytes32,
})
export type AdmittedEntry = Readonly<ValueOf<typeof AdmittedEntryType>>

/** Sequence of votes and certificates: the admitted set, or what it opened to. One vote of a member for each, ever. */
export const PHASES = { admission: 0, openings: 1 } as const

/** Body of an `auctionCertificate`; sequence = phase. */
export const AuctionCertificateBody = new ContainerType({
  /** CERTIFICATE_KINDS.admission or .openings. */
  certificateKind: u8,
  epoch: u64,
  content: bytes32,
  /** The admitted set in provider order; empty for openings, which follow from it. */
  admitted: new ListCompositeType(AdmittedEntryType, BIDS_MAX),
  absentees: new ListBasicType(u8, SEATS_MAX),
  signature: new ByteVectorType(96),
})
export type AuctionCertificate = Readonly<ValueOf<typeof AuctionCertificateBody>>
