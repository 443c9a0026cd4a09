// The node beside the sidecar as an Ethereum execution client over JSON-RPC (execution-apis: eth_chainId,
// eth_getBlockByNumber, eth_syncing, web3_clientVersion, net_peerCount). It promises that what it returns is in form and
// in range, whatever the node sends; not that it is true, which is what auditors are for.

import { word } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Workload } from '../core/ports.ts'
import type { WorkloadStatus } from '../core/types.ts'
import { clientName, hash, shared } from './answers.ts'
import { garbled } from './http.ts'
import { createJsonRpc } from './json-rpc.ts'

export interface WorkloadOptions {
  /** JSON-RPC endpoint of the node. */
  readonly url: string
  /** Per request; a status takes five at once. */
  readonly timeoutMs: number
}

const UINT32_MAX = 0xffff_ffffn
const UINT64_MAX = 2n ** 64n - 1n
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER)

/** A JSON-RPC quantity: 0x and no leading zeros, at most `max`. */
function quantity(value: unknown, max: bigint, method: string): bigint {
  if (typeof value !== 'string' || !/^0x(?:0|[1-9a-f][0-9a-f]{0,15})$/i.test(value))
    throw garbled(method, 'no quantity')
  const parsed = BigInt(value)
  if (parsed > max) throw garbled(method, 'out of range')
  return parsed
}

interface Block {
  readonly number: number
  readonly hash: Uint8Array
}

function block(value: unknown, method: string): Block | undefined {
  if (value === null) return undefined
  if (typeof value !== 'object' || !('number' in value) || !('hash' in value)) throw garbled(method, 'no block')
  return { number: Number(quantity(value.number, SAFE_MAX, method)), hash: hash(value.hash, method) }
}

/** Blocks behind, by the node's own account: `false`, or an object with currentBlock and highestBlock. */
function distance(value: unknown, method: string): number {
  if (value === false) return 0
  if (typeof value !== 'object' || value === null || !('currentBlock' in value) || !('highestBlock' in value))
    throw garbled(method, 'no sync state')
  const current = quantity(value.currentBlock, SAFE_MAX, method)
  const highest = quantity(value.highestBlock, SAFE_MAX, method)
  // A node that says it is syncing is not done, even where it knows of no higher block yet.
  return highest > current ? Number(highest - current) : 1
}

/** Faults: those of `JsonRpc.call`. */
export function createExecution(options: WorkloadOptions): Workload {
  const rpc = createJsonRpc(options)

  async function blockAt(tag: string, signal: AbortSignal): Promise<Block | undefined> {
    return block(await rpc.call('eth_getBlockByNumber', [tag, false], signal), 'eth_getBlockByNumber')
  }

  /** Peers are no part of the health of a node that does not tell them: hosted endpoints switch net_* off. */
  async function peers(signal: AbortSignal): Promise<number> {
    try {
      return Number(quantity(await rpc.call('net_peerCount', [], signal), UINT32_MAX, 'net_peerCount'))
    } catch (error) {
      if (error instanceof Fault && error.code === 'workload-error') return 0
      throw error
    }
  }

  async function ask(signal: AbortSignal): Promise<WorkloadStatus> {
    const [client, chainId, head, peerCount, syncing] = await Promise.all([
      rpc.call('web3_clientVersion', [], signal),
      rpc.call('eth_chainId', [], signal),
      blockAt('latest', signal),
      peers(signal),
      rpc.call('eth_syncing', [], signal),
    ])
    if (!head) throw garbled('eth_getBlockByNumber', 'no block at all')
    return {
      client: clientName(client, 'web3_clientVersion'),
      network: word(quantity(chainId, UINT64_MAX, 'eth_chainId')),
      headNumber: head.number,
      headHash: head.hash,
      peers: peerCount,
      syncDistance: distance(syncing, 'eth_syncing'),
    }
  }

  return {
    kind: 'ethereum-execution',
    status: shared(ask),
    proof: async (height, signal) => {
      if (!Number.isSafeInteger(height) || height < 0) return undefined
      const found = await blockAt(`0x${height.toString(16)}`, signal)
      if (found && found.number !== height) throw garbled('eth_getBlockByNumber', 'another block')
      return found?.hash
    },
  }
}
