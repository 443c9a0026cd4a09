// Bodies of audit records, decoded strictly and once per record object. Records are immutable and judged in several places
// (door, admission, tally); decoding again each time would be most of a member's work.

import {
  CertificateBody,
  ProposalBody,
  RevealBody,
  SealBody,
  StatementBody,
  VoteBody,
  decode,
} from '../core/records.ts'
import type {
  CertificateValue,
  Codec,
  ProposalValue,
  RevealValue,
  SealValue,
  StatementValue,
  VoteValue,
} from '../core/records.ts'
import type { SignedRecord } from '../core/types.ts'

function opener<V>(codec: Codec<V>, what: string): (record: SignedRecord) => V {
  const memo = new WeakMap<SignedRecord, { readonly value: V }>()
  return (record) => {
    const known = memo.get(record)
    if (known) return known.value
    const value = decode(codec, record.body, what)
    memo.set(record, { value })
    return value
  }
}

export const openSeal: (record: SignedRecord) => SealValue = opener(SealBody, 'a seal')
export const openReveal: (record: SignedRecord) => RevealValue = opener(RevealBody, 'a reveal')
export const openStatement: (record: SignedRecord) => StatementValue = opener(StatementBody, 'a statement')
export const openProposal: (record: SignedRecord) => ProposalValue = opener(ProposalBody, 'a proposal')
export const openVote: (record: SignedRecord) => VoteValue = opener(VoteBody, 'a vote')
export const openCertificate: (record: SignedRecord) => CertificateValue = opener(CertificateBody, 'a certificate')
