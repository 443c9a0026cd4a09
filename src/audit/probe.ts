// One probe, from the auditor's side: what is asked and what the reply means. The auditor's own trouble is never the
// target's failure: nothing is asked when we could not judge the answer, and no `down` stands before our beacon, our own
// node and our network have been looked at again.

import { keccak256, leadingUint64, word } from '../core/bytes.ts'
import { roundAt } from '../core/clock.ts'
import type { Beacons, Clock, ProbeReply, Prober, RandomBytes, RecordVerifier, Workload } from '../core/ports.ts'
import { equalBytes } from '../core/bytes.ts'
import type { AnswerValue, ProbeRequest } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Beacon, Member, Network, SignedRecord, WorkloadStatus } from '../core/types.ts'
import { isSignedBy } from '../round/record.ts'
import { deadline } from './deadline.ts'
import { REASONS, reasonName } from './reasons.ts'
import type { ReasonName } from './reasons.ts'
import type { ProbeResult } from './report.ts'

/** Heights are drawn from so many blocks: more than anybody caches by guessing, fewer than a pruned node keeps. */
export const HEIGHT_SPAN_BLOCKS = 64
/** A beacon this old means that our clock or our network is in trouble. */
const FRESH_ROUNDS = 3

export interface ProbeOptions {
  readonly network: Network
  readonly probeTimeoutMs: number
  readonly lagBlocks: number
  readonly marginBlocks: number
}

export interface ProbeDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly beacons: Pick<Beacons, 'latest'>
  readonly prober: Prober
  readonly workload: Workload
  readonly verifier: RecordVerifier
}

/** Moments (unix ms) of `count` probes, uniform in [from, to), sorted. Private: a target must not know when to be up. */
export function drawMoments(random: RandomBytes, count: number, from: number, to: number): readonly number[] {
  const span = BigInt(Math.max(1, Math.floor(to - from)))
  return Array.from({ length: count }, () => from + Number(leadingUint64(random(8)) % span)).sort((a, b) => a - b)
}

/** Fresh, and bound to auditor, period and newest beacon: no answer can be made ahead or used twice. */
export const drawNonce = (auditor: number, period: number, beacon: Beacon, random: RandomBytes): Uint8Array =>
  keccak256(word(auditor), word(period), beacon.randomness, random(32))

export function drawHeight(nonce: Uint8Array, head: number, marginBlocks: number): number {
  const newest = Math.max(0, head - marginBlocks)
  return newest - Number(leadingUint64(nonce) % BigInt(Math.min(HEIGHT_SPAN_BLOCKS, newest + 1)))
}

/** What the auditor's own node says: the yardstick of an answer. */
export interface Yardstick {
  readonly status: WorkloadStatus
  readonly blockHash: Uint8Array
}

interface Finding {
  readonly outcome: ProbeResult['outcome']
  readonly reason: ReasonName
}

const finding = (reason: Exclude<ReasonName, 'none'>): Finding => {
  const { outcome } = REASONS[reason]
  return { outcome, reason }
}

/** Is `record` this target's answer to this very request? */
export const isAnswerTo = (
  request: ProbeRequest,
  target: Member,
  record: SignedRecord,
  answer: AnswerValue,
  separator: Uint8Array,
  verifier: RecordVerifier,
): boolean =>
  record.kind === RECORD_KINDS.answer &&
  record.author === target.id &&
  record.unit === request.period &&
  record.sequence === request.auditor &&
  equalBytes(answer.nonce, request.nonce) &&
  answer.height === request.height &&
  isSignedBy(verifier, separator, target, record)

/** What a genuine answer says about the target, measured against our own node. */
export function judgeAnswer(answer: AnswerValue, own: Yardstick, lagBlocks: number): Finding {
  if (answer.fault !== 0) {
    const reason = reasonName(answer.fault)
    return finding(reason === undefined || reason === 'none' ? 'workload-silent' : reason)
  }
  if (answer.chainId !== own.status.chainId) return finding('wrong-chain')
  if (!equalBytes(answer.blockHash, own.blockHash)) return finding('wrong-block')
  const behind = own.status.headNumber - answer.headNumber
  if (behind > lagBlocks || answer.syncDistance > lagBlocks) return finding('lagging')
  return { outcome: 'up', reason: 'none' }
}

export interface ProbeTask {
  readonly period: number
  /** Our sidecar id. */
  readonly auditor: number
  readonly target: Member
  readonly fresh: boolean
}

/** Asks `target` once and says what came of it. Never throws; an abort of `signal` is `unfinished`. */
export async function probe(
  options: ProbeOptions,
  deps: ProbeDeps,
  task: ProbeTask,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { target } = task
  const blank = { target: target.slot, latencyMs: undefined, height: undefined, answer: undefined }
  const within = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    deadline(deps.clock, options.probeTimeoutMs, signal, work)

  const beacon = freshBeacon(options.network, deps)
  if (!beacon) return { ...blank, ...finding('own-beacon-stale') }
  const status = await within((s) => deps.workload.status(s))
  if (!status) return { ...blank, ...finding(signal.aborted ? 'unfinished' : 'own-workload-silent') }
  const nonce = drawNonce(task.auditor, task.period, beacon, deps.random)
  const height = drawHeight(nonce, status.headNumber, options.marginBlocks)
  const blockHash = await within((s) => deps.workload.blockHash(height, s))
  if (!blockHash) return { ...blank, ...finding(signal.aborted ? 'unfinished' : 'own-block-missing') }

  const request = { period: task.period, auditor: task.auditor, round: beacon.round, nonce, height }
  const reply: ProbeReply = (await within((s) =>
    deps.prober.probe(target, request, { fresh: task.fresh, signal: s }),
  )) ?? { ok: false, reason: 'timeout' }
  if (signal.aborted) return { ...blank, ...finding('unfinished') }
  const found = judgeReply(options, deps, request, target, reply, { status, blockHash })
  if (found.outcome === 'down') {
    const excuse = await ownTrouble(options, deps, target, found.reason, signal)
    if (excuse) return { ...blank, ...finding(excuse) }
  }
  if (!reply.ok || found.reason === 'garbled') return { ...blank, ...found }
  const up = found.outcome === 'up'
  return {
    ...found,
    target: target.slot,
    latencyMs: reply.latencyMs,
    height: up ? height : undefined,
    answer: reply.record,
  }
}

function judgeReply(
  { network, lagBlocks }: ProbeOptions,
  { verifier }: ProbeDeps,
  request: ProbeRequest,
  target: Member,
  reply: ProbeReply,
  own: Yardstick,
): Finding {
  if (!reply.ok) return finding(reply.reason)
  if (!isAnswerTo(request, target, reply.record, reply.answer, network.separator, verifier)) return finding('garbled')
  return judgeAnswer(reply.answer, own, lagBlocks)
}

function freshBeacon({ drand }: Network, { beacons, clock }: ProbeDeps): Beacon | undefined {
  const newest = beacons.latest()
  return newest && newest.round + FRESH_ROUNDS >= roundAt(drand, clock.now()) ? newest : undefined
}

/** Could the failure be ours? Asked again after the fact: our trouble may have begun while we waited. */
async function ownTrouble(
  { network, probeTimeoutMs }: ProbeOptions,
  deps: ProbeDeps,
  target: Member,
  reason: ReasonName,
  signal: AbortSignal,
): Promise<'own-beacon-stale' | 'own-workload-silent' | 'own-network' | 'unfinished' | undefined> {
  const within = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    deadline(deps.clock, probeTimeoutMs, signal, work)
  if (!freshBeacon(network, deps)) return 'own-beacon-stale'
  const status = await within((s) => deps.workload.status(s))
  if (!status) return signal.aborted ? 'unfinished' : 'own-workload-silent'
  if (reason !== 'unreachable' && reason !== 'timeout') return undefined
  const others = await within((s) => deps.prober.reachable([target], s))
  if (others) return undefined
  return signal.aborted ? 'unfinished' : 'own-network'
}
