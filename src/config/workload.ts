// Knobs of the node beside the sidecar, and of nodes that others are measured with.

import { z } from 'zod'
import { WORKLOAD_KINDS } from '../core/types.ts'
import type { WorkloadKind } from '../core/types.ts'
import { integer, knob, optional, secret, url, wordsKnob } from './knobs.ts'
import type { Knobs } from './knobs.ts'

const KINDS = Object.keys(WORKLOAD_KINDS) as WorkloadKind[]
const requestPath = z
  .string()
  .regex(/^\/[\x21-\x7e]*$/, 'expected a path that begins with /')
  .max(512)

export const WORKLOAD_KNOBS = {
  workloadKind: knob('ethereum-execution', z.enum(KINDS), `what runs beside this sidecar: ${KINDS.join(', ')}`),
  workloadUrl: secret(knob('http://127.0.0.1:8545', url, 'where it answers: JSON-RPC, Beacon API or HTTP')),
  workloadHealthPath: knob('/', requestPath, 'of a generic workload: path that is asked for its health'),
  workloadHealthStatus: knob(200, integer(100, 599), 'status of a healthy answer'),
  workloadHealthField: knob('', optional(z.string().max(256)), 'field of the JSON answer that auditors compare: a.b.c'),
  workloadHealthCommand: wordsKnob([], 'command instead of the path: exit code 0 is healthy'),
  auditExecutionUrl: secret(
    knob('', optional(url), 'execution client to measure others with, besides the own workload'),
  ),
  auditBeaconUrl: secret(knob('', optional(url), 'beacon node to measure others with, besides the own workload')),
} as const satisfies Knobs
