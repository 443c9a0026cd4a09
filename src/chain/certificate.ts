// Certificates as the Committee contract reads them: packed bytes with every key in EIP-2537 form
// (contracts/interfaces/ICommittee.sol). The seats are those the contract has stored, found again in the roster by the
// hashes of their keys, so nothing is drawn here.

import { concatBytes, keccak256, toHex } from '../core/bytes.ts'
import { expandG1, expandG2, sumG1 } from '../core/eip2537.ts'
import { reject } from '../core/errors.ts'
import type { Certificate, Hex, Roster } from '../core/types.ts'
import type { Handles } from './handles.ts'

/** The seats of an epoch: every key and their sum, 128 bytes each. */
export interface Seats {
  readonly keys: readonly Uint8Array[]
  readonly aggregate: Uint8Array
}

/** Keys in seat order, from the hashes that the contract keeps. Costs about 3 ms per member. Fault `seat-unknown`. */
export function findSeats(keyHashes: readonly Hex[], roster: Roster): Seats {
  const members = roster.members.map(({ blsKey }) => ({ blsKey, expanded: expandG1(blsKey) }))
  const byHash = new Map(members.map((member) => [toHex(keccak256(member.expanded)), member]))
  const seated = keyHashes.map((hash, seat) => {
    const member = byHash.get(hash)
    if (!member)
      throw reject('seat-unknown', `seat ${seat} of epoch ${roster.epoch} is not in the roster`, {
        seat,
        epoch: roster.epoch,
      })
    return member
  })
  return { keys: seated.map(({ expanded }) => expanded), aggregate: sumG1(seated.map(({ blsKey }) => blsKey)) }
}

/** The seats of an epoch; those asked for last are kept, since several postings share them. Fault `seat-unknown`. */
export function createSeats(committee: Pick<Handles['committee'], 'read'>): (roster: Roster) => Promise<Seats> {
  let newest: { readonly epoch: number; readonly seats: Seats } | undefined
  return async (roster) => {
    const { epoch } = roster
    if (newest?.epoch === epoch) return newest.seats
    const seats = findSeats(await committee.read('keyHashes', [BigInt(epoch)]), roster)
    newest = { epoch, seats }
    return seats
  }
}

/** Aggregate key of all seats, their number, the signature, then index and key of each absentee. */
export function packCertificate(certificate: Certificate, { keys, aggregate }: Seats): Hex {
  const absent = certificate.absentees.map((seat) => {
    const key = keys[seat]
    if (!key) throw reject('seat-unknown', `a certificate names seat ${seat} of ${keys.length}`, { seat })
    return concatBytes(new Uint8Array([seat]), key)
  })
  const head = concatBytes(aggregate, new Uint8Array([keys.length]))
  return toHex(concatBytes(head, expandG2(certificate.signature), ...absent))
}
