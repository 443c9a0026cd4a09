// The status of a sidecar as the API tells it: one schema that answers are checked against, that OpenAPI is made from and
// that metrics and readiness read. What it does not name is not told.

import * as z from 'zod'
import type { Told } from './plain.ts'

const count = z.int().min(0)
const ids = z.array(count).readonly()
/** Base units, as a decimal string: larger than a JSON number can be. */
export const amount = z.string().regex(/^\d+$/)
const hex = z.string().regex(/^0x[0-9a-f]*$/)

export const auditSchema = z.object({
  round: count,
  period: z.int(),
  phase: z.string(),
  id: count.optional(),
  slot: count.optional(),
  seat: count.optional(),
  members: count,
  targets: ids,
  auditors: ids,
  lastPosted: count.optional(),
  waiting: count,
})

export const meshSchema = z.object({
  peers: count,
  connections: count,
  mesh: z.record(z.string(), count),
  subscribers: z.record(z.string(), count),
  pending: count,
  refused: z.record(z.string(), count),
  banned: count,
})

/** Of the node beside the sidecar, as it is supervised. */
export const nodeSchema = z.object({
  state: z.string(),
  code: z.string().optional(),
  since: z.number(),
  mode: z.string(),
  kind: z.string(),
  endpoint: z.string(),
  job: count.optional(),
  pid: count.optional(),
  starts: count,
  crashes: count,
  retryAt: z.number().optional(),
  usage: z.object({ cpu: z.number(), memoryBytes: z.number(), descriptors: count }).optional(),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number(), fullAt: z.number().optional() }).optional(),
  clockOffsetMs: z.number().optional(),
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })).readonly(),
})

/** Whether others can dial it, and how it is connected. */
export const reachSchema = z.object({
  verdict: z.enum(['unchecked', 'unknown', 'reachable', 'private']),
  confirmed: z.array(z.string()).readonly(),
  relays: z.array(z.string()).readonly(),
  relaying: count,
  direct: count,
  relayed: count,
})

/** An endpoint of the settlement chain or a drand relay: its host, as the rest of the address may hold a key. */
export const endpointSchema = z.object({
  kind: z.enum(['rpc', 'beacon']),
  host: z.string(),
  state: z.enum(['good', 'silent', 'aside']),
  code: z.string().optional(),
  latencyMs: z.number().optional(),
  demoted: z.string().optional(),
  lastCode: z.string().optional(),
})

export const transactionSchema = z.object({
  name: z.string(),
  nonce: count,
  attempts: count,
  /** Wei per gas. */
  maxFee: amount,
  code: z.string().optional(),
})

/** What the signer can pay for; amounts in wei. */
export const gasSchema = z.object({
  balance: amount,
  maxFee: amount,
  postingCost: amount,
  postingsLeft: count,
  code: z.string().optional(),
})

export const relaySchema = z.object({
  /** Scheme and host: the rest may hold a key. */
  url: z.string(),
  counters: z.record(z.string(), count),
  lastFault: z.string().optional(),
  latencyMs: z.number().optional(),
  cost: z.number(),
})

export const jobSchema = z.object({
  id: count,
  kind: z.string(),
  state: z.string(),
  phase: z.string(),
  closeRound: count,
  openRound: count,
  pickRound: count,
  reserve: amount,
  bidders: count,
  seen: count,
  admitted: count.optional(),
  void: count.optional(),
  own: z
    .union([z.object({ sequence: count, price: amount.optional() }), z.object({ declined: z.string() })])
    .optional(),
  winner: count.optional(),
  price: amount.optional(),
})

export const statusSchema = z.object({
  peerId: z.string(),
  addresses: z.array(z.string()).readonly(),
  signer: hex,
  audit: auditSchema,
  auctions: z.object({ round: count, jobs: z.array(jobSchema).readonly(), waiting: count }).optional(),
  node: nodeSchema,
  mesh: meshSchema,
  reach: reachSchema,
  /** Newest verified drand round and when it was due, unix ms. */
  beacon: z.object({ round: count, dueAt: z.number(), periodSeconds: z.number() }).optional(),
  relays: z.array(relaySchema).readonly(),
  /** Failed requests of each endpoint of `rpcUrls`, in its order. */
  rpcFailures: z.array(count).readonly(),
  /** In the order of `rpcUrls`, then of `drandRelays`. */
  endpoints: z.array(endpointSchema).readonly(),
  pendingTransactions: z.array(z.string()).readonly(),
  transactions: z.array(transactionSchema).readonly(),
  gas: gasSchema.optional(),
})

export type Status = z.infer<typeof statusSchema>
/** What the wiring hands in. */
export type ToldStatus = Told<Status>
