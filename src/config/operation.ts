// Knobs of the process itself: its keys, its log, and what is allowed on one machine alone.

import { join } from 'node:path'
import * as z from 'zod'
import { PATH_MAX, flagLike, integer, knob, listKnob, path } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

export const KEY_KNOBS = {
  keysFile: knob((dataDir) => join(dataDir, 'keys.json'), path, 'secret keys, readable by the owner alone'),
  keysPasswordFile: knob(
    '',
    z.string().max(PATH_MAX),
    'file that holds the password of the keys; empty: it is asked for on the terminal',
  ),
} as const satisfies Knobs

export const LOG_KNOBS = {
  logLevel: knob('info', z.enum(LOG_LEVELS), `one of ${LOG_LEVELS.join(', ')}`),
  logFile: knob('', z.string().max(PATH_MAX), 'file for log lines; standard error when empty'),
  logMb: knob(64, integer(1, 10_000), 'size in MiB at which the log file is put aside'),
  logFiles: knob(5, integer(1, 100), 'older log files that are kept'),
} as const satisfies Knobs

export const LOCAL_KNOBS = {
  local: knob(false, flagLike, 'all peers share this machine: limits per address are off'),
  fault: listKnob([], z.string().max(64), 'behaviours to act out (local networks only), for example silent'),
} as const satisfies Knobs
