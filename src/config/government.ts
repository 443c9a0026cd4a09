// Knobs of the government: where it is, and with it the whole economy.

import { address, knob, optional } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const GOVERNMENT_KNOBS = {
  government: knob('', optional(address), 'Government contract; empty: found from the marketplace'),
} as const satisfies Knobs
