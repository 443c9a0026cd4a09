// Knobs of what may be paid for transactions.

import { decimal, integer, knob } from './knobs.ts'
import type { Knobs } from './knobs.ts'

const GWEI_DECIMALS = 9
/** EIP-7825: no transaction may have more. */
const GAS_MOST = 16_777_216

export const GAS_KNOBS = {
  feeCeiling: knob(
    '500',
    decimal(GWEI_DECIMALS),
    'most that is paid for a unit of gas, in gwei; above it transactions wait',
  ),
  gasCeiling: knob(
    GAS_MOST,
    integer(100_000, GAS_MOST),
    'most gas of one transaction; one that needs more is not sent',
  ),
} as const satisfies Knobs
