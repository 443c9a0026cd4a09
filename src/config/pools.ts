// Knobs of micro-pools: where they are.

import { address, knob, optional } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const POOL_KNOBS = {
  microPools: knob('', optional(address), 'MicroPools contract; empty: no micro-pools'),
} as const satisfies Knobs
