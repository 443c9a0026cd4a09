// Knobs of the local network.

import * as z from 'zod'
import { flagLike, integer, knob, listKnob } from './knobs.ts'
import type { Knobs, Values } from './knobs.ts'

export const DEVNET_KNOBS = {
  nodes: knob(8, integer(2, 64), 'sidecars to start, each its own process'),
  periods: knob(0, integer(0, 1_000_000), 'stop after so many periods on chain; 0 runs until Ctrl-C'),
  fault: listKnob([], z.string().max(64), 'fault to inject, for example kill:2@period1; repeatable'),
  stallSeconds: knob(120, integer(10, 86_400), 'fail when nothing moves for so long'),
  epochPeriods: knob(10, integer(1, 1_000), 'periods of an epoch: who registers is a member two epochs later'),
  jobs: knob(0, integer(0, 32), 'jobs to announce and auction'),
  apis: knob(false, flagLike, 'every node serves its HTTP API on a free loopback port'),
  keep: knob(false, flagLike, 'keep data directories and logs; a failure always does'),
} as const satisfies Knobs

export type DevnetConfig = Values<typeof DEVNET_KNOBS>
