// What an operator wants to know of the chain before anything runs: each endpoint by itself, and how the registry sees
// the sidecar's keys. Reads only.

import { keccak256, toHex } from '../core/bytes.ts'
import { expandG1 } from '../core/eip2537.ts'
import type { Hex } from '../core/types.ts'
import { fromHex } from '../core/bytes.ts'
import { findContracts } from './handles.ts'
import type { Provider } from './rpc.ts'
import { connectRpc } from './rpc.ts'

export interface EndpointView {
  readonly chainId: bigint
  readonly head: number
  /** Unix seconds of the newest block. */
  readonly headTime: number
  /** wei. */
  readonly gasPrice: bigint
}

/** One endpoint, asked by itself. Faults: `rpc-unreachable` and those of its cause. */
export async function inspectEndpoint(url: string, timeoutMs: number): Promise<EndpointView> {
  const provider = await connectRpc({ urls: [url], timeoutMs })
  try {
    const [block, fees] = await Promise.all([provider.getBlock('latest'), provider.getFeeData()])
    const gasPrice = fees.maxFeePerGas ?? fees.gasPrice ?? 0n
    return { chainId: provider.chainId, head: block?.number ?? 0, headTime: block?.timestamp ?? 0, gasPrice }
  } finally {
    provider.destroy()
  }
}

export interface RegistrationView {
  readonly id: number
  readonly owner: Hex
  /** ANKR base units. */
  readonly stake: bigint
  readonly minStake: bigint
  readonly entryEpoch: bigint
  readonly currentEpoch: bigint
  /** 0 Unknown … as in ISidecars.Status. */
  readonly status: number
  /** Whether the registry has our peer and BLS keys beside our signer. */
  readonly peerKeyMatches: boolean
  readonly blsKeyMatches: boolean
}

export interface PublicIdentity {
  readonly signer: Hex
  /** Ed25519, 32 bytes. */
  readonly peer: Hex
  /** BLS12-381 in G1, compressed. */
  readonly bls: Hex
}

/** How the registry knows these keys; undefined when the signer is not registered. Faults: `contract-missing`, `rpc-…`. */
export async function inspectRegistration(
  provider: Provider,
  ledger: Hex,
  { signer, peer, bls }: PublicIdentity,
): Promise<RegistrationView | undefined> {
  const { sidecars } = await findContracts(provider, ledger)
  const id = await sidecars.read('idOfSigner', [signer])
  if (id === 0) return undefined
  const [found, status, { minStake }, currentEpoch] = await Promise.all([
    sidecars.read('sidecar', [id]),
    sidecars.read('status', [id]),
    sidecars.read('params', []),
    sidecars.read('currentEpoch', []),
  ])
  return {
    id,
    owner: found.owner,
    stake: found.stake,
    minStake,
    entryEpoch: found.entryEpoch,
    currentEpoch,
    status,
    peerKeyMatches: found.peerKey === peer,
    blsKeyMatches: found.blsKeyHash === toHex(keccak256(expandG1(fromHex(bls, 48)))),
  }
}

/** wei. */
export const balanceOf = async (provider: Provider, account: Hex): Promise<bigint> => provider.getBalance(account)
