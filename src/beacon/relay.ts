// One drand HTTP relay (API v1), as drand-client's `ChainClient` would see it but bounded.
// drand-client's own HttpChainClient has no timeout, no abort and no limit on what it buffers, so a relay that hangs or
// streams without end would hold sockets and memory here; this reader aborts, refuses redirects and stops after a few KB.
// Promises: an answer in the wrong form, size or chain is a Fault. It does not verify signatures: race.ts does, at the
// one door.
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { readBounded } from '../core/bounded.ts'
import { Fault, ignore, reject } from '../core/errors.ts'
import type { DrandChain } from '../core/types.ts'
import { chainHash, SCHEME } from './chain-info.ts'
import type { ChainInfo } from './chain-info.ts'
import type { ClaimedBeacon } from './verify.ts'

/** The trusted chain; its hash may be what is still to be learned (discover.ts). */
export type PinnedChain = Omit<DrandChain, 'hash'> & { readonly hash?: string }

/** What the race asks of a relay; test/support has lying, hanging and dying ones. */
export interface Relay {
  /** Name in metrics and logs. */
  readonly url: string
  /** What the relay says of the chain it serves. @throws Fault as `fetch`, and `relay-chain` if it is not the pinned one. */
  readonly info: (signal: AbortSignal) => Promise<ChainInfo>
  /**
   * The relay's unverified claim.
   * @throws Fault ignore: `relay-unreachable`, `relay-behind` (the round is due but not there: 404, 425),
   * `relay-status`; Fault reject: `relay-oversized`, `relay-garbled`.
   */
  readonly fetch: (round: number | 'latest', signal: AbortSignal) => Promise<ClaimedBeacon>
}

/** Ten times the largest honest answer. */
export const MAX_ANSWER_BYTES = 8_192
const BEHIND = new Set([404, 425])

const garbled = (what: string, url: string): Fault =>
  reject('relay-garbled', `a drand relay's ${what} is not in drand's form`, { url })

const request = async (url: string, signal: AbortSignal): Promise<Uint8Array> => {
  try {
    const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
    if (response.status !== 200) {
      await response.body?.cancel()
      const { status } = response
      if (BEHIND.has(status)) throw ignore('relay-behind', 'a drand relay does not have the round yet', { url, status })
      throw ignore('relay-status', 'a drand relay answered with an error status', { url, status })
    }
    const bytes = await readBounded(response.body, MAX_ANSWER_BYTES)
    if (bytes) return bytes
    throw reject('relay-oversized', `a drand relay's answer exceeds ${MAX_ANSWER_BYTES} bytes`, { url })
  } catch (cause) {
    if (cause instanceof Fault || signal.aborted) throw cause
    throw new Fault('relay-unreachable', 'a drand relay could not be reached', { data: { url }, cause })
  }
}

const parseObject = (bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const isRound = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1

const isHex = (value: unknown, bytes: number): value is string =>
  typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]*$/.test(value)

/** drand's beacon JSON → claim; undefined for anything else. Unknown fields are allowed, relays add them. */
export const decodeBeacon = (bytes: Uint8Array): ClaimedBeacon | undefined => {
  const object = parseObject(bytes)
  if (!object) return undefined
  const { round, signature, randomness, previous_signature: previous } = object
  // A previous signature belongs to drand's chained schemes, which this one is not.
  if (!isRound(round) || !isHex(signature, 48) || !isHex(randomness, 32) || previous !== undefined) return undefined
  return { round, signature: hexToBytes(signature), randomness: hexToBytes(randomness) }
}

/** drand's `/info` JSON → description; undefined for anything else. */
export const decodeInfo = (bytes: Uint8Array): ChainInfo | undefined => {
  const object = parseObject(bytes)
  if (!object) return undefined
  const { public_key: key, period, genesis_time: genesis, hash, groupHash, schemeID, metadata } = object
  const beaconID: unknown =
    typeof metadata === 'object' && metadata !== null && 'beaconID' in metadata && metadata.beaconID
  if (!isHex(key, 96) || !isHex(hash, 32) || !isHex(groupHash, 32)) return undefined
  if (!isRound(period) || period > 0xffff_ffff || !Number.isSafeInteger(genesis) || typeof genesis !== 'number')
    return undefined
  if (typeof schemeID !== 'string' || typeof beaconID !== 'string') return undefined
  return { public_key: key, period, genesis_time: genesis, hash, groupHash, schemeID, metadata: { beaconID } }
}

/**
 * Is this the pinned chain? The hash is recomputed from the fields rather than compared as told, so a relay cannot
 * show the right hash beside other parameters.
 */
export const isPinnedChain = (info: ChainInfo, chain: PinnedChain): boolean =>
  info.schemeID === SCHEME &&
  info.hash === (chain.hash ?? info.hash) &&
  info.public_key === bytesToHex(chain.publicKey) &&
  info.period === chain.periodSeconds &&
  info.genesis_time === chain.genesisTime &&
  info.hash ===
    chainHash({
      publicKey: info.public_key,
      period: info.period,
      genesis: info.genesis_time,
      groupHash: info.groupHash,
      beaconId: info.metadata.beaconID,
    })

/**
 * @param base `https://host[/path]/<chain hash>` or the base of a relay that serves one chain.
 * @throws Fault `relay-url` if the base is not an http(s) URL without credentials, query or fragment.
 */
export const createHttpRelay = (base: string, chain: PinnedChain): Relay => {
  const parsed = URL.canParse(base) ? new URL(base) : undefined
  const extras = parsed && [parsed.username, parsed.password, parsed.search, parsed.hash].join('')
  if (!parsed || extras !== '' || !/^https?:$/.test(parsed.protocol)) {
    throw new Fault('relay-url', 'a drand relay is not a plain http(s) URL: check the list of relays')
  }
  const url = parsed.href.replace(/\/+$/, '')
  return {
    url,
    info: async (signal) => {
      const info = decodeInfo(await request(`${url}/info`, signal))
      if (!info) throw garbled('chain info', url)
      if (!isPinnedChain(info, chain)) {
        throw reject('relay-chain', 'a drand relay serves another chain than the pinned one', { url, chain: info.hash })
      }
      return info
    },
    fetch: async (round, signal) => {
      const claim = decodeBeacon(await request(`${url}/public/${round}`, signal))
      if (!claim) throw garbled('beacon', url)
      return claim
    },
  }
}
