// Why a probe was not `up`: a number on the wire, a name in logs, a sentence for operators (docs/reasons.md is made of
// these). Numbers are part of the protocol: append, never renumber.

import type { Outcome } from '../core/types.ts'

interface Reason {
  readonly code: number
  readonly outcome: Exclude<Outcome, 'up'> | 'any'
  readonly sentence: string
}

export const REASONS = {
  none: { code: 0, outcome: 'any', sentence: 'Every probe was up.' },
  unreachable: { code: 1, outcome: 'down', sentence: 'No connection to the target, while others could be reached.' },
  timeout: { code: 2, outcome: 'down', sentence: 'The target was connected but gave no answer in time.' },
  refused: { code: 3, outcome: 'down', sentence: 'The target refused an auditor that was assigned to it.' },
  garbled: {
    code: 4,
    outcome: 'down',
    sentence: 'What the target sent was not an answer to this probe with its valid signature.',
  },
  'workload-silent': {
    code: 5,
    outcome: 'down',
    sentence: 'The sidecar signed that its blockchain node does not answer.',
  },
  'workload-timeout': {
    code: 6,
    outcome: 'down',
    sentence: 'The sidecar signed that its blockchain node did not answer in time.',
  },
  'block-missing': { code: 16, outcome: 'degraded', sentence: 'The target does not have the block it was asked for.' },
  lagging: {
    code: 17,
    outcome: 'degraded',
    sentence: 'The head of the target is further behind than the tolerance, or it says it is syncing.',
  },
  'wrong-chain': {
    code: 18,
    outcome: 'degraded',
    sentence: 'The blockchain node of the target is on another chain id.',
  },
  'wrong-block': {
    code: 19,
    outcome: 'degraded',
    sentence: 'The target gave another hash for the block than the auditor’s own node.',
  },
  'own-beacon-stale': {
    code: 32,
    outcome: 'inconclusive',
    sentence: 'The auditor itself had no fresh beacon: its clock or its network is in trouble.',
  },
  'own-workload-silent': {
    code: 33,
    outcome: 'inconclusive',
    sentence: 'The blockchain node of the auditor did not answer, so nothing could be compared.',
  },
  'own-network': { code: 34, outcome: 'inconclusive', sentence: 'The auditor could not reach anybody else either.' },
  unfinished: {
    code: 35,
    outcome: 'inconclusive',
    sentence: 'The probe was still running when the period was sealed.',
  },
  'own-block-missing': {
    code: 36,
    outcome: 'inconclusive',
    sentence: 'The blockchain node of the auditor lacks the block it asked for.',
  },
  'other-workload': {
    code: 37,
    outcome: 'inconclusive',
    sentence: 'The workload of the target is of a kind that the auditor has nothing to compare with.',
  },
  'relay-down': {
    code: 38,
    outcome: 'inconclusive',
    sentence: 'The target is behind a NAT and the relays that led to it have gone within the last ten minutes.',
  },
  'workload-idle': {
    code: 39,
    outcome: 'inconclusive',
    sentence: 'The sidecar signed that it has no node to run: it hosts no job and has none of its own.',
  },
} as const satisfies Record<string, Reason>

export type ReasonName = keyof typeof REASONS

/** What a target may say of itself in an answer: everything else that is not `none` means that its node is silent. */
const SAYABLE: readonly ReasonName[] = [
  ...(['workload-silent', 'workload-timeout', 'block-missing'] as const),
  ...(['other-workload', 'workload-idle'] as const),
]

const byCode = new Map<number, ReasonName>(
  Object.entries(REASONS).map(([name, { code }]) => [code, name as ReasonName]),
)

/** Name of a code from the wire; undefined for numbers this version does not know. */
export const reasonName = (code: number): ReasonName | undefined => byCode.get(code)

/**
 * What the fault of an answer stands for. A number that is not the target's to say counts as silence: otherwise it could
 * claim its auditor's own trouble and never be judged.
 */
export function faultReason(fault: number): Exclude<ReasonName, 'none'> {
  const name = reasonName(fault)
  return name !== undefined && name !== 'none' && SAYABLE.includes(name) ? name : 'workload-silent'
}
