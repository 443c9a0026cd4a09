// Where a sidecar asks of the outside, in one form: endpoints of the settlement chain and drand relays, with how each does.
// Addresses may hold access keys: hosts alone are told.

import type { RelayStanding } from './beacon/scores.ts'
import type { Endpoint as RpcEndpoint } from './chain/rpc.ts'

export interface Endpoint {
  readonly kind: 'rpc' | 'beacon'
  readonly host: string
  /** `silent`: its newest answer was none. `aside`: it answers, and is not believed. */
  readonly state: 'good' | 'silent' | 'aside'
  /** Why it is not good. */
  readonly code: string | undefined
  /** Moving average of its answers, ms. */
  readonly latencyMs: number | undefined
  /** Why it is asked after the others for a while. */
  readonly demoted: string | undefined
  /** Code of its newest failure, however long ago. */
  readonly lastCode: string | undefined
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'invalid address')

const rpcEndpoint = ({ host, state, code, latencyMs, demoted, lastCode }: RpcEndpoint): Endpoint => ({
  kind: 'rpc',
  host,
  state,
  code: state === 'silent' ? (code ?? lastCode) : code,
  latencyMs,
  demoted,
  lastCode,
})

const beaconEndpoint = ({ url, failing, lastFault, latencyMs, demoted }: RelayStanding): Endpoint => ({
  kind: 'beacon',
  host: hostOf(url),
  state: failing ? 'silent' : 'good',
  code: failing ? lastFault : undefined,
  latencyMs,
  demoted,
  lastCode: lastFault,
})

/** In the order of `rpcUrls`, then of `drandRelays`. */
export const endpointsOf = (rpc: readonly RpcEndpoint[], relays: readonly RelayStanding[]): readonly Endpoint[] => [
  ...rpc.map(rpcEndpoint),
  ...relays.map(beaconEndpoint),
]
