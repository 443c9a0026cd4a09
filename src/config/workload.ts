// Knobs of the blockchain node beside the sidecar.

import { knob, secret, url } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const WORKLOAD_KNOBS = {
  workloadUrl: secret(
    knob('http://127.0.0.1:8545', url, 'JSON-RPC endpoint of the blockchain node beside this sidecar'),
  ),
} as const satisfies Knobs
