// What drand's `/info` says of a chain, and the chain hash that pins all of it.
// Promises: the hash is computed as drand computes it, so a pinned hash pins key, period, genesis, group and name.
// It fetches nothing; reading a relay's answer against the pinned chain is relay.ts.
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

export const SCHEME = 'bls-unchained-g1-rfc9380'

/** The parameters the hash is made of. Times in seconds; key (96 bytes) and group hash (32 bytes) as lower-case hex. */
export interface ChainParameters {
  readonly publicKey: string
  readonly period: number
  readonly genesis: number
  readonly groupHash: string
  readonly beaconId: string
}

/** The JSON of `/info`, field names as drand's HTTP API has them. */
export interface ChainInfo {
  readonly public_key: string
  readonly period: number
  readonly genesis_time: number
  readonly hash: string
  readonly groupHash: string
  readonly schemeID: string
  readonly metadata: { readonly beaconID: string }
}

/** sha256(period u32 ‖ genesis i64 ‖ key ‖ groupHash ‖ beaconID), big-endian; drand leaves the name out for "default". */
export const chainHash = (parameters: ChainParameters): string => {
  const times = new DataView(new ArrayBuffer(12))
  times.setUint32(0, parameters.period)
  times.setBigInt64(4, BigInt(parameters.genesis))
  const name = parameters.beaconId === 'default' ? '' : parameters.beaconId
  const key = hexToBytes(parameters.publicKey)
  const group = hexToBytes(parameters.groupHash)
  return bytesToHex(sha256(concatBytes(new Uint8Array(times.buffer), key, group, utf8ToBytes(name))))
}

export const describeChain = (parameters: ChainParameters): ChainInfo => ({
  public_key: parameters.publicKey,
  period: parameters.period,
  genesis_time: parameters.genesis,
  hash: chainHash(parameters),
  groupHash: parameters.groupHash,
  schemeID: SCHEME,
  metadata: { beaconID: parameters.beaconId },
})

/** drand's unchained message: sha256 of the round as u64 big-endian. */
export const beaconMessage = (round: number): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setBigUint64(0, BigInt(round))
  return sha256(new Uint8Array(bytes.buffer))
}
