// Real beacons of drand's quicknet (test/vectors/drand-quicknet.json) in the mesh's types.
import { readFileSync } from 'node:fs'
import { hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import type { DrandChain } from '../../src/core/types.ts'

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/)
const file = z.object({
  chain: z.object({
    hash: hex,
    public_key: hex,
    public_key_eip2537: hex,
    scheme: z.string(),
    period: z.number(),
    genesis_time: z.number(),
    groupHash: hex,
    beaconID: z.string(),
  }),
  beacons: z.array(
    z.object({
      round: z.number(),
      signature: hex,
      randomness: hex,
      message: hex,
      hashToG1_eip2537: hex,
      signature_eip2537: hex,
    }),
  ),
})

const { chain, beacons } = file.parse(
  JSON.parse(readFileSync(new URL('../vectors/drand-quicknet.json', import.meta.url), 'utf8')),
)

const pinned: DrandChain = {
  hash: chain.hash,
  publicKey: hexToBytes(chain.public_key),
  genesisTime: chain.genesis_time,
  periodSeconds: chain.period,
}

export const quicknet = {
  chain: pinned,
  groupHash: chain.groupHash,
  beaconId: chain.beaconID,
  scheme: chain.scheme,
  publicKeyEip2537: chain.public_key_eip2537,
  beacons: beacons.map((beacon) => ({
    round: beacon.round,
    signature: hexToBytes(beacon.signature),
    randomness: hexToBytes(beacon.randomness),
    message: beacon.message,
    signatureEip2537: beacon.signature_eip2537,
    hashToG1Eip2537: beacon.hashToG1_eip2537,
  })),
}
