// Schemas of answers that are not part of the status.

import * as z from 'zod'
import { amount, gasSchema, nodeSchema, transactionSchema } from './status.ts'

const count = z.int().min(0)
const counts = z.record(z.string(), count)

export const refusal = z
  .object({ ok: z.literal(false), code: z.string(), why: z.string() })
  .describe('Why there is no answer; codes are in docs/reasons.md')

export const line = z.object({
  check: z.enum(['beacon', 'chain', 'store', 'mesh', 'workload']),
  ok: z.boolean(),
  code: z.string().optional(),
  cause: z.string().optional(),
  ageSeconds: z.number().optional(),
})
export const health = z.object({ ok: z.boolean(), checks: z.array(line).readonly() })

export const noted = z.object({
  id: count,
  at: z.number().describe('Unix milliseconds'),
  event: z.looseObject({ type: z.string() }),
})
export const events = z.object({ newest: count, events: z.array(noted).readonly() })

export const workloadStatus = z.object({
  client: z.string(),
  network: z.string(),
  headNumber: count,
  headHash: z.string(),
  peers: count,
  syncDistance: count,
})
export const workload = line.omit({ check: true }).extend({ node: nodeSchema, status: workloadStatus.optional() })

export const peer = z.object({
  peerId: z.string(),
  sidecar: count.optional().describe('Id of members of the running or next epoch'),
  address: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  since: z.number(),
  latencyMs: z.number().optional(),
  score: z.number(),
  points: z.number(),
  agent: z.string(),
})

export const transactions = z.object({
  signer: z.string(),
  balance: amount.optional().describe('Wei, as of the newest answer of the chain'),
  gas: gasSchema.optional().describe('What the signer can pay for'),
  pending: z.array(transactionSchema.extend({ ageSeconds: z.number().describe('Since this process saw it') })),
})

const verdict = z.object({ target: count, outcomes: counts, reasons: counts })
export const periodSeen = z.object({
  period: z.int(),
  startedAt: z.number(),
  members: count,
  targets: z.array(count).readonly(),
  verdicts: z.array(verdict).describe('What we found about our own targets'),
  certified: z.object({ root: z.string(), signers: count, absent: z.array(count).readonly() }).optional(),
  posted: z.object({ tx: z.string().optional(), ours: z.boolean() }).optional(),
  stuck: z.object({ step: z.string(), code: z.string() }).optional(),
})
const leaf = z.object({
  id: count,
  slot: count,
  uptimeBps: count.describe('65535: too few auditors could judge'),
  latencyMs: count,
  observers: count,
  blockNumber: count,
  periodsObserved: count,
  uptimeSum: count,
  diligenceSum: count,
})
export const period = z.object({
  seen: periodSeen.optional(),
  results: z.array(leaf).optional().describe('Certified result of every member, where this sidecar has it'),
})
export const periods = z.object({ periods: z.array(periodSeen).readonly() })
