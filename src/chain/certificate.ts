// Certificates as the Committee contract reads them: packed bytes with every key in EIP-2537 form
// (contracts/interfaces/ICommittee.sol). The seats are those the contract has stored, found again in the roster by the
// hashes of their keys, so nothing is drawn here.

import { concatBytes, keccak256, toHex } from '../core/bytes.ts'
import { expandG1, expandG2, sumG1 } from '../core/eip2537.ts'
import { reject } from '../core/errors.ts'
import type { Certificate, Hex, Member, Roster } from '../core/types.ts'

/** Keys of an epoch's seats, in seat order, from their hashes. Fault `seat-unknown`. */
export function seatKeys(keyHashes: readonly Hex[], roster: Roster): readonly Uint8Array[] {
  const byHash = new Map<Hex, Member>(
    roster.members.map((member) => [toHex(keccak256(expandG1(member.blsKey))), member]),
  )
  return keyHashes.map((hash, seat) => {
    const member = byHash.get(hash)
    if (!member)
      throw reject('seat-unknown', `seat ${seat} of epoch ${roster.epoch} is not in the roster`, {
        seat,
        epoch: roster.epoch,
      })
    return member.blsKey
  })
}

/** Aggregate key of all seats, their number, the signature, then index and key of each absentee. */
export function packCertificate(certificate: Certificate, seats: readonly Uint8Array[]): Hex {
  const absent = certificate.absentees.map((seat) => {
    const key = seats[seat]
    if (!key) throw reject('seat-unknown', `a certificate names seat ${seat} of ${seats.length}`, { seat })
    return concatBytes(new Uint8Array([seat]), expandG1(key))
  })
  const head = concatBytes(sumG1(seats), new Uint8Array([seats.length]))
  return toHex(concatBytes(head, expandG2(certificate.signature), ...absent))
}
