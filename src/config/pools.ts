// Knobs of what holds users' tokens: where micro-pools and the custody are.

import { address, knob, optional } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const POOL_KNOBS = {
  microPools: knob('', optional(address), 'MicroPools contract; empty: no micro-pools'),
  custody: knob('', optional(address), 'Custody contract; empty: no delegated tokens'),
} as const satisfies Knobs
