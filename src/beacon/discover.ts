// Finds the name (chain hash) of a drand chain whose key, genesis and period are already trusted, because the network's
// contracts pin them. Relays are asked in turn; the hash is recomputed from what they say, and only an answer about
// exactly the trusted chain counts. It verifies no beacon.

import { bytesToHex } from '@noble/hashes/utils.js'
import { Fault, codeOf } from '../core/errors.ts'
import type { DrandChain } from '../core/types.ts'
import { createHttpRelay } from './relay.ts'

const ASK_MS = 5_000

/** Lower-case hex without 0x. Fault `relay-none-answers` when no relay describes the trusted chain. */
export async function findChainHash(chain: Omit<DrandChain, 'hash'>, relayUrls: readonly string[]): Promise<string> {
  const told: string[] = []
  for (const url of relayUrls)
    try {
      return (await createHttpRelay(url, chain).info(AbortSignal.timeout(ASK_MS))).hash
    } catch (error) {
      told.push(error instanceof Fault ? codeOf(error) : 'relay-timeout')
    }
  const key = `${bytesToHex(chain.publicKey.subarray(0, 6))}…`
  throw new Fault(
    'relay-none-answers',
    `no drand relay describes the chain with key ${key}: check the list of relays`,
    {
      data: { relays: relayUrls.length, told: told.join(', ') },
    },
  )
}
