// Knobs of auctions: which market, what to bid on and at which price.

import * as z from 'zod'
import { PATH_MAX, address, decimal, flagLike, integer, knob, listKnob, optional, secret, url } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const AUCTION_KNOBS = {
  marketplace: knob('', optional(address), 'Marketplace contract; empty: no part in auctions'),
  bidKinds: listKnob([], z.string().regex(/^[\x21-\x7e]{1,32}$/), 'workload kinds to bid on; none: never bid'),
  bidCpuUsd: knob('0', decimal(18), 'own cost of one GHz for a month of 30 days, in USD'),
  bidMemoryUsd: knob('0', decimal(18), 'own cost of one GB of memory for a month, in USD'),
  bidStorageUsd: knob('0', decimal(18), 'own cost of one GB of storage for a month, in USD'),
  bidTimeUsd: knob('0', decimal(18), 'own cost of any job for a month, in USD'),
  bidMarginBps: knob(1_000, integer(0, 100_000), 'added to the cost, in hundredths of a percent'),
  bidHoldCpuGhz: knob('0', decimal(3), 'processors never offered to any job, in GHz'),
  bidHoldMemoryGb: knob('0', decimal(3), 'memory never offered to any job, in GB'),
  bidHoldStorageGb: knob('0', decimal(3), 'storage never offered to any job, in GB'),
  bidFloor: knob('0', decimal(18), 'never bid less, in ANKR'),
  bidCeiling: knob('', optional(decimal(18)), 'never bid more, in ANKR; empty: the ceiling applied with'),
  bidCommand: listKnob(
    [],
    z.string().min(1).max(PATH_MAX),
    'program and arguments that price a job instead, JSON in and out',
  ),
  bidUrl: secret(knob('', optional(url), 'service that prices a job instead, JSON in and out')),
  bidOnChain: knob(false, flagLike, 'post the commitment of every bid on chain as well, past all gossip'),
} as const satisfies Knobs
