// One probe, from the auditor's side: what is asked and what the reply means. The auditor's own trouble is never the
// target's failure: nothing is asked when we could not judge the answer, and no `down` stands before our beacon, our own
// node and our network have been looked at again.

import { keccak256, leadingUint64, word } from '../core/bytes.ts'
import { roundAt } from '../core/clock.ts'
import type { Beacons, Clock, ProbeReply, Prober, RandomBytes, RecordVerifier, Workload } from '../core/ports.ts'
import { equalBytes } from '../core/bytes.ts'
import { isAnswer } from '../core/answers.ts'
import type { Answer, ProbeRequest } from '../core/answers.ts'
import type { Beacon, Member, Network, SignedRecord, WorkloadKind, WorkloadStatus } from '../core/types.ts'
import { isSignedBy } from '../round/record.ts'
import { deadline } from './deadline.ts'
import { REASONS, faultReason } from './reasons.ts'
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
  /** Nodes to compare with besides our own: for targets whose workload is of another kind, or when ours is silent. */
  readonly yardsticks: readonly Workload[]
  readonly verifier: RecordVerifier
  /** Does the chain say that this sidecar runs a job? Undefined where there is no market to ask. */
  readonly runsJob?: ((sidecar: number) => Promise<boolean>) | undefined
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

/** What a node that we trust says: the yardstick of an answer. */
export interface Yardstick {
  readonly kind: WorkloadKind
  readonly status: WorkloadStatus
  readonly proof: Uint8Array
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
  answer: Answer,
  separator: Uint8Array,
  verifier: RecordVerifier,
): boolean =>
  isAnswer(record) &&
  record.author === target.id &&
  record.unit === request.period &&
  record.sequence === request.auditor &&
  equalBytes(answer.nonce, request.nonce) &&
  answer.height === request.height &&
  isSignedBy(verifier, separator, target, record)

/** Are the two of the same kind, and, where everybody declares its own, of the same declaration? */
const comparable = (answer: Answer, own: Pick<Yardstick, 'kind' | 'status'>): boolean =>
  answer.workload === own.kind && (own.kind !== 'generic' || equalBytes(answer.network, own.status.network))

/** What a genuine answer says about the target, measured against a node that we trust. */
export function judgeAnswer(answer: Answer, own: Yardstick, lagBlocks: number): Finding {
  const reason = answer.fault === 0 ? 'none' : faultReason(answer.fault)
  if (reason !== 'none' && reason !== 'other-workload') return finding(reason)
  if (!comparable(answer, own)) return finding('other-workload')
  if (reason === 'other-workload') return finding('workload-silent') // it is of the very kind it was asked about
  if (!equalBytes(answer.network, own.status.network)) return finding('wrong-chain')
  if (!equalBytes(answer.proof, own.proof)) return finding('wrong-block')
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

/** A question that was put, by whom we would measure the answer, and the reply. */
interface Asked {
  readonly request: ProbeRequest
  readonly source: Workload
  readonly own: Yardstick
  readonly reply: ProbeReply
}

type Unasked = Exclude<ReasonName, 'none'>
const isAsked = (result: Asked | Unasked): result is Asked => typeof result === 'object'

/** Puts a question to the target that the first of `sources` that answers can judge; a reason when there is none. */
async function ask(
  options: ProbeOptions,
  deps: ProbeDeps,
  task: ProbeTask,
  sources: readonly Workload[],
  signal: AbortSignal,
): Promise<Asked | Unasked> {
  const within = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    deadline(deps.clock, options.probeTimeoutMs, signal, work)
  const beacon = freshBeacon(options.network, deps)
  if (!beacon) return 'own-beacon-stale'
  const found = await firstStatus(sources, within)
  if (!found) return signal.aborted ? 'unfinished' : 'own-workload-silent'
  const { source, status } = found
  const { kind } = source
  const nonce = drawNonce(task.auditor, task.period, beacon, deps.random)
  const height = drawHeight(nonce, status.headNumber, options.marginBlocks)
  const proof = await within((s) => source.proof(height, s))
  if (!proof) return signal.aborted ? 'unfinished' : 'own-block-missing'
  const { period, auditor, target, fresh } = task
  const request: ProbeRequest = { version: 2, period, auditor, round: beacon.round, nonce, workload: kind, height }
  const reply: ProbeReply = (await within((s) => deps.prober.probe(target, request, { fresh, signal: s }))) ?? {
    ok: false,
    reason: 'timeout',
  }
  return signal.aborted ? 'unfinished' : { request, source, own: { kind, status, proof }, reply }
}

async function firstStatus(
  sources: readonly Workload[],
  within: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>,
): Promise<{ readonly source: Workload; readonly status: WorkloadStatus } | undefined> {
  for (const source of sources) {
    const status = await within((s) => source.status(s))
    if (status) return { source, status }
  }
  return undefined
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
  const sources = [deps.workload, ...deps.yardsticks]
  const judge = (asked: Asked): Finding => judgeReply(options, deps, asked, target)
  let asked = await ask(options, deps, task, sources, signal)
  if (isAsked(asked) && asked.reply.ok && judge(asked).reason === 'other-workload') {
    // Asked again in its own terms, if there is something to compare with.
    const { workload } = asked.reply.answer
    const { source } = asked
    const others = sources.filter((other) => other !== source && other.kind === workload)
    if (others.length > 0) asked = await ask(options, deps, task, others, signal)
  }
  if (!isAsked(asked)) return { ...blank, ...finding(asked) }
  const { reply, request } = asked
  const said = judge(asked)
  // Whoever is paid to run a node cannot get away with having none to run.
  const owes = said.reason === 'workload-idle' && (await runsJob(options, deps, target, signal))
  const found = owes ? finding('workload-silent') : said
  if (found.outcome === 'down') {
    const excuse = await ownTrouble(options, deps, target, asked.source, found.reason, signal)
    if (excuse) return { ...blank, ...finding(excuse) }
  }
  if (!reply.ok || found.reason === 'garbled') return { ...blank, ...found }
  const up = found.outcome === 'up'
  return {
    ...found,
    target: target.slot,
    latencyMs: reply.latencyMs,
    height: up ? request.height : undefined,
    answer: reply.record,
  }
}

/** A chain that cannot be asked is our trouble: then the target's word stands. */
const runsJob = async ({ probeTimeoutMs }: ProbeOptions, deps: ProbeDeps, { id }: Member, signal: AbortSignal) =>
  (await deadline(deps.clock, probeTimeoutMs, signal, async () => deps.runsJob?.(id))) === true

function judgeReply(
  { network, lagBlocks }: ProbeOptions,
  { verifier }: ProbeDeps,
  { request, reply, own }: Asked,
  target: Member,
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
  source: Workload,
  reason: ReasonName,
  signal: AbortSignal,
): Promise<'own-beacon-stale' | 'own-workload-silent' | 'own-network' | 'unfinished' | undefined> {
  const within = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    deadline(deps.clock, probeTimeoutMs, signal, work)
  if (!freshBeacon(network, deps)) return 'own-beacon-stale'
  const status = await within((s) => source.status(s))
  if (!status) return signal.aborted ? 'unfinished' : 'own-workload-silent'
  if (reason !== 'unreachable' && reason !== 'timeout') return undefined
  const others = await within((s) => deps.prober.reachable([target], s))
  if (others) return undefined
  return signal.aborted ? 'unfinished' : 'own-network'
}
