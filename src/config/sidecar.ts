// Every knob of a sidecar, group by group, in the order in which help, documentation and schema list them.

import { API_KNOBS } from './api.ts'
import { AUCTION_KNOBS } from './auctions.ts'
import { CHAIN_KNOBS } from './chain.ts'
import { GAS_KNOBS } from './gas.ts'
import { GOVERNMENT_KNOBS } from './government.ts'
import type { Knobs, Values } from './knobs.ts'
import { KEY_KNOBS, LOCAL_KNOBS, LOG_KNOBS } from './operation.ts'
import { POOL_KNOBS } from './pools.ts'
import { REACHABILITY_KNOBS } from './reachability.ts'
import { WORKLOAD_KNOBS } from './workload.ts'

export const SIDECAR_KNOBS = {
  ...KEY_KNOBS,
  ...CHAIN_KNOBS,
  ...GAS_KNOBS,
  ...REACHABILITY_KNOBS,
  ...WORKLOAD_KNOBS,
  ...LOG_KNOBS,
  ...API_KNOBS,
  ...AUCTION_KNOBS,
  ...POOL_KNOBS,
  ...GOVERNMENT_KNOBS,
  ...LOCAL_KNOBS,
} as const satisfies Knobs

export interface SidecarConfig extends Values<typeof SIDECAR_KNOBS> {
  /** Absolute. Holds config.yaml, keys, store, peer store and control socket. */
  readonly dataDir: string
}
